// The script runs once per page, even if many widgets contain it.
if (document.currentScript) document.currentScript.remove();
if (window.labsKeys) return;
window.labsKeys = true;
