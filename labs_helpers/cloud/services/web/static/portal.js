// Programs send people to …/start/#/device?user_code=…, but the part after the # never reaches a server.
const script = document.currentScript;
const [path, query] = location.hash.slice(1).split("?");
if (path === "/device") {
  const code = new URLSearchParams(query || "").get("user_code");
  location.replace(script.dataset.device + (code ? "?user_code=" + encodeURIComponent(code) : ""));
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    text.select();
    await navigator.clipboard.writeText(text.value);
    button.textContent = "Copied";
  });
}
