"""What the tidy checks share. Each check is a script that prints `file:line: words` and exits 1."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tracked(*patterns):
    """Files that git tracks or would add, so that a check sees what a commit would."""
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
                         cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in sorted(set(out.splitlines())) if (ROOT / line).is_file()]


def read(path):
    return path.read_text(encoding="utf-8").splitlines()


def finish(faults, checked):
    if checked == 0:
        faults = ["nothing was checked: the check itself is broken"]
    for fault in faults:
        print(fault)
    print(f"{checked} files checked, {len(faults)} faults")
    sys.exit(1 if faults else 0)


def name(path):
    return str(path.relative_to(ROOT))
