// Fills a downloaded xlsx template the way a person does: rows below the head, by the names of the columns.
// Reads and writes the zip container itself; no library is needed for that much.
import { deflateRawSync, inflateRawSync } from "node:zlib";

/** Files of a zip archive, by name. */
export function unzip(buffer) {
  let end = buffer.length - 22;
  while (buffer.readUInt32LE(end) !== 0x06054b50) end -= 1;
  const files = new Map();
  let at = buffer.readUInt32LE(end + 16);
  for (let count = buffer.readUInt16LE(end + 10); count > 0; count -= 1) {
    const method = buffer.readUInt16LE(at + 10);
    const size = buffer.readUInt32LE(at + 20);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => buffer.readUInt16LE(at + offset));
    const name = buffer.toString("utf8", at + 46, at + 46 + nameLength);
    const local = buffer.readUInt32LE(at + 42);
    const data = local + 30 + buffer.readUInt16LE(local + 26) + buffer.readUInt16LE(local + 28);
    const packed = buffer.subarray(data, data + size);
    files.set(name, method === 8 ? inflateRawSync(packed) : packed);
    at += 46 + nameLength + extraLength + commentLength;
  }
  return files;
}

export function zip(files) {
  const parts = [];
  const index = [];
  let offset = 0;
  for (const [name, content] of files) {
    const packed = deflateRawSync(content);
    const label = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(checksum(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(label.length, 22);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), common, label, packed);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    index.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), common, tail, label);
    offset += 30 + label.length + packed.length;
  }
  const directory = Buffer.concat(index);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}

/** CRC-32; the zlib of older Node.js does not offer it. */
function checksum(content) {
  let crc = 0xffffffff;
  for (const byte of content) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const escape = (text) => text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
const plain = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&");

/** The template with `rows` written below what it holds; each row maps the head of a column to a text. */
export function fillTemplate(template, rows) {
  const files = unzip(template);
  const words = [...files.get("xl/sharedStrings.xml").toString().matchAll(/<si>(.*?)<\/si>/gs)]
    .map(([, item]) => plain([...item.matchAll(/<t[^>]*>(.*?)<\/t>/gs)].map(([, text]) => text).join("")));
  const sheet = files.get("xl/worksheets/sheet1.xml").toString();
  const head = sheet.match(/<row r="1".*?<\/row>/s)[0];
  const columns = new Map([...head.matchAll(/<c r="([A-Z]+)1"[^>]*><v>(\d+)<\/v>/g)].map(([, column, word]) => [words[Number(word)], column]));
  let last = Math.max(...[...sheet.matchAll(/<row r="(\d+)"/g)].map(([, number]) => Number(number)));
  const order = (column) => [...column].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
  const added = rows.map((row) => {
    last += 1;
    const cells = Object.entries(row).map(([name, text]) => {
      const column = columns.get(name);
      if (!column) throw new Error(`the template has no column "${name}"; it has: ${[...columns.keys()].join(", ")}`);
      return [column, `<c r="${column}${last}" t="inlineStr"><is><t xml:space="preserve">${escape(text)}</t></is></c>`];
    });
    cells.sort(([left], [right]) => order(left) - order(right));
    return `<row r="${last}">${cells.map(([, cell]) => cell).join("")}</row>`;
  });
  files.set("xl/worksheets/sheet1.xml", Buffer.from(sheet.replace("</sheetData>", `${added.join("")}</sheetData>`)));
  return zip(files);
}
