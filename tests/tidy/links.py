#!/usr/bin/env python3
"""What the server writes and the workbench reads is the same: addresses below /desk/, the page of each process, the language cookie."""
import re

from common import ROOT, finish, name, read, tracked

faults, files = [], 0
router = (ROOT / "web/src/router.ts").read_text(encoding="utf-8")
routes = [path for path in re.findall(r'\{ path: "([^"]+)"', router) if "(.*)" not in path]


def opens(path):
    """Whether a route has the shape of this path; `*` stands for an id."""
    wanted = path.strip("/").split("/")
    for route in routes:
        parts = route.strip("/").split("/")
        if len(parts) == len(wanted) and all(p.startswith(":") or p == w for p, w in zip(parts, wanted)):
            return True
    return False


# "/desk/entries/" + id, "/desk/settings": a literal that ends in a slash is followed by an id.
for path in tracked("src/*.cpp"):
    files += 1
    if path.name in ("routes.cpp", "main.cpp"):
        continue
    for number, line in enumerate(read(path), 1):
        for link in re.findall(r'"/desk(/[^"{]*)"', line):
            shape = link + "*" if link.endswith("/") and link != "/" else link
            if link == "/cases/":
                shape = "/cases/*/*"
            if link != "/" and not opens(shape):
                faults.append(f"{name(path)}:{number}: no page of the workbench at /desk{link}")

notify = dict(re.findall(r'\{"(\w+)", "(/[\w/]+/)"\}', (ROOT / "src/app/notify.cpp").read_text(encoding="utf-8")))
shapes = dict(re.findall(r'^  (\w+): "(/[\w/]+/)",$', (ROOT / "web/src/shapes.ts").read_text(encoding="utf-8"), re.M))
if not notify or notify != shapes:
    faults.append(f"src/app/notify.cpp:1: pages of processes differ from web/src/shapes.ts: {sorted(set(notify.items()) ^ set(shapes.items()))}")
for process, page in notify.items():
    if not opens(page + "*"):
        faults.append(f"src/app/notify.cpp:1: no page of the workbench at /desk{page}*, for {process}")
for process in tracked("regions/guangxi/processes/*.yaml"):
    files += 1
    if process.stem not in notify and not opens("/cases/*/*"):
        faults.append(f"{name(process)}:1: nowhere to work on it")

cookie = re.search(r'language_cookie = "(\w+)"', (ROOT / "src/http/request.h").read_text(encoding="utf-8"))
for path in tracked("web/src/i18n.ts", "web/src/main.ts", "tests/browser/site.mjs"):
    files += 1
    if not cookie or cookie[1] not in path.read_text(encoding="utf-8"):
        faults.append(f"{name(path)}:1: does not use the language cookie of src/http/request.h")
finish(faults, files)
