"""A headless Chromium that says what a page complains of. Debian's own, driven by its chromedriver."""
import contextlib
import shutil
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

# No sandbox of its own, since tests run as root; and nothing that looks for a network.
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--force-color-profile=srgb",
         "--force-prefers-reduced-motion")


@contextlib.contextmanager
def browser(width=1280, height=900):
    profile = tempfile.mkdtemp(prefix="restorectl-chromium-")
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    try:
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                               {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        yield driver
    finally:
        driver.quit()
        shutil.rmtree(profile, ignore_errors=True)


def open_page(driver, path):
    """Opens a file and waits for its load, which its script is a part of."""
    driver.get(Path(path).resolve().as_uri())


def complaints(driver):
    """Errors, refusals of the security policy, and whatever else the console has."""
    return [entry["message"] for entry in driver.get_log("browser")]
