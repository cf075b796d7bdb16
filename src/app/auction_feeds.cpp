#include "app/auction_feeds.h"

#include <algorithm>

#include "base/text.h"
#include "exchange/feed.h"

namespace app {
namespace {

constexpr std::size_t line_bytes_max = 75;

/// "20260302T010000Z"
std::string stamp(base::Time time) {
    std::string iso = base::to_iso(time).substr(0, 19) + "Z";
    iso = base::replace_all(iso, "-", "");
    return base::replace_all(iso, ":", "");
}

std::string escaped(std::string text) {
    for (const char* special : {"\\", ";", ","})
        text = base::replace_all(text, special, "\\" + std::string(special));
    return base::replace_all(text, "\n", "\\n");
}

/// Folded at 75 bytes, never inside a character.
void add_line(std::string& out, std::string line) {
    while (line.size() > line_bytes_max) {
        std::size_t cut = line_bytes_max;
        while ((static_cast<unsigned char>(line[cut]) & 0xc0) == 0x80)
            --cut;
        out += line.substr(0, cut) + "\r\n ";
        line.erase(0, cut);
    }
    out += line + "\r\n";
}

}  // namespace

std::string to_ical(const std::vector<trade::Auction>& auctions, const std::string& site_url,
                    base::Time now) {
    std::string out;
    for (const char* line : {"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Guiqiao//auctions//ZH"})
        add_line(out, line);
    for (const trade::Auction& auction : auctions) {
        base::Time end = std::max(auction.closes_at.value_or(auction.rules.close),
                                  auction.rules.open + base::minutes(1));
        add_line(out, "BEGIN:VEVENT");
        add_line(out, "UID:" + auction.id.text() + "@guiqiao");
        add_line(out, "DTSTAMP:" + stamp(now));
        add_line(out, "DTSTART:" + stamp(auction.rules.open));
        add_line(out, "DTEND:" + stamp(end));
        add_line(out, "SEQUENCE:" + std::to_string(auction.version));
        add_line(out, "SUMMARY:" + escaped(auction.title));
        add_line(out, "URL:" + site_url + "/auctions/" + auction.id.text());
        if (auction.phase == "failed") add_line(out, "STATUS:CANCELLED");
        add_line(out, "END:VEVENT");
    }
    add_line(out, "END:VCALENDAR");
    return out;
}

std::string to_atom(const std::vector<trade::Auction>& auctions, const std::string& site_url,
                    const std::string& title, base::Time now) {
    exchange::Feed feed{.id = site_url + "/auctions.atom",
                        .title = title,
                        .link = site_url + "/auctions",
                        .updated = auctions.empty() ? now : auctions.front().announced_at};
    for (const trade::Auction& auction : auctions) {
        feed.entries.push_back(
            {.id = auction.id.text(),
             .title = auction.title,
             .summary = base::to_local_string(auction.rules.open) + " – " +
                        base::to_local_string(auction.closes_at.value_or(auction.rules.close)),
             .link = site_url + "/auctions/" + auction.id.text(),
             .published = auction.announced_at,
             .updated = auction.announced_at,
             .author = {}});
    }
    return exchange::to_atom(feed);
}

}  // namespace app
