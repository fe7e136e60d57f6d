// Before the first paint: the theme and language somebody chose here, so that nothing flashes.
try {
  const theme = localStorage.getItem("vestibule.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's theme it is.
}
