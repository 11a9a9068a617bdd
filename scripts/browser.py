"""``python -m scripts.browser``: see that the tests' browser starts and that Chinese text has a font.

Installs only what is missing. Playwright's own browser needs no rights; libraries, the font and, where
Playwright's download cannot be reached, the distribution's browser come by apt-get and need root.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

FONT = "fonts-noto-cjk"
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome")

TRIAL = """
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    playwright.chromium.launch(executable_path=sys.argv[1] or None).close()
"""
BUNDLED_PATH = [
    sys.executable,
    "-c",
    "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)",
]


def main() -> None:
    """Make sure of both."""
    if not has_chinese_font():
        install_font()
    if executable() is not None:
        return
    print("chromium: playwright install", flush=True)
    run(sys.executable, "-m", "playwright", "install", "chromium")
    executable.cache_clear()
    if executable() is None and may_install():
        bundled = subprocess.run(BUNDLED_PATH, capture_output=True, text=True, check=True).stdout.strip()
        if Path(bundled).exists():
            run(sys.executable, "-m", "playwright", "install-deps", "chromium")
        else:
            print("chromium: apt-get install", flush=True)
            run("apt-get", "-qq", "update")
            run("apt-get", "-qq", "install", "--yes", "--no-install-recommends", "chromium")
    executable.cache_clear()
    if executable() is None:
        sys.exit(
            "无法启动 chromium。请以 root 运行：.venv/bin/playwright install --with-deps chromium\n"
            "chromium does not start. As root, run: .venv/bin/playwright install --with-deps chromium"
        )


@cache
def executable() -> str | None:
    """Find a chromium that starts: Playwright's own (the empty string) or the path of the system's."""
    candidates = ["", *filter(None, map(shutil.which, SYSTEM_NAMES))]
    return next((path for path in candidates if starts(path)), None)


def starts(path: str) -> bool:
    """Start the browser and end it, in a process of its own: the caller may be inside an event loop."""
    return (
        subprocess.run([sys.executable, "-c", TRIAL, path], capture_output=True, check=False).returncode == 0
    )


def has_chinese_font() -> bool:
    """Ask fontconfig; without it there are no fonts either."""
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout.strip())


def install_font() -> None:
    """Install a Chinese font by apt-get, or say what to do."""
    if may_install():
        print(f"font: apt-get install {FONT}", flush=True)
        run("apt-get", "-qq", "update")
        run("apt-get", "-qq", "install", "--yes", "--no-install-recommends", FONT, "fontconfig")
    if not has_chinese_font():
        sys.exit(
            f"缺少中文字体，截图会是空白方块。请以 root 安装：apt-get install {FONT} fontconfig\n"
            f"There is no Chinese font. As root, run: apt-get install {FONT} fontconfig"
        )


def may_install() -> bool:
    """Whether packages of the system can be installed by us."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def run(*words: str) -> None:
    """Run a command quietly enough; a failure shows in the check that follows."""
    silent = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(list(words), check=False, env=silent, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
