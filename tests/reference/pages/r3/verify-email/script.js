// Stands in for Auth Service's page for the code: it needs what the sign-up page stored, and has four boxes for six digits.
const user = JSON.parse(sessionStorage.getItem("user"));

if (user?.name && user?.email) {
  document.getElementById("name").textContent = user.name;
  document.getElementById("email").textContent = user.email;
} else {
  location.href = "/signup";
}

document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const code = [...document.querySelectorAll("input")].map((input) => input.value).join("");
  const response = await fetch("/api/v1/verify/email", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email: user.email, code }),
  });
  console.log(await response.json());
});
