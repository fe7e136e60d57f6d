// Stands in for Auth Service's sign-up page: its request, what it reads of the answer, what it stores, and what it shows.
const show = (text) => (document.querySelector("[role=alert]").textContent = text);

document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  show("");
  const { name, email, password } = Object.fromEntries(new FormData(event.target));
  try {
    const response = await fetch("/api/v1/auth/signup", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email, password, name }),
    });
    const { data, message } = await response.json();
    if (!response.ok) return show(message || "Signup failed");
    const user = { name: data.name, email: data.email };
    setTimeout(() => {
      sessionStorage.setItem("user", JSON.stringify(user));
      location.href = "/verify-email";
    }, 2000);
  } catch {
    show("Something went wrong. Please try again.");
  }
});
