// Stands in for Auth-Flow's front end: its requests, what it reads of the answers, what it stores, and what it shows.
// The build puts the address of the API here; it ends in /api.
const API = "%VITE_API_URL%";
const root = document.getElementById("root");

// What is stored is believed without asking the server.
const signedOut = { user: null, accessToken: null, refreshToken: null };
let auth = JSON.parse(localStorage.getItem("auth")) ?? signedOut;
let profile = null;

// As axios without `withCredentials`: cookies travel to the page's own origin only; every status but 2xx is an error.
async function send(method, path, body) {
  const headers = { Accept: "application/json, text/plain, */*" };
  const { accessToken } = JSON.parse(localStorage.getItem("auth")) ?? {};
  if (accessToken) headers.Authorization = `Bearer ${accessToken}`;
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(API + path, { method, headers, body: body && JSON.stringify(body), credentials: "same-origin" });
  } catch {
    throw new Error("Network Error");
  }
  const text = await answer.text();
  let data = text;
  try {
    data = JSON.parse(text);
  } catch {
    // stays the text, which has no members
  }
  if (!answer.ok) {
    throw Object.assign(new Error(`Request failed with status code ${answer.status}`), { response: { data } });
  }
  return data;
}

function go(path) {
  history.pushState(null, "", path);
  render();
}

function escaped(text) {
  const node = document.createElement("span");
  node.textContent = text;
  return node.innerHTML;
}

// A form: its heading, its fields, and what it does with their values; what that throws is shown.
function form(title, fields, submit, errorOf) {
  const inputs = fields.map(
    ([name, label, type]) => `<label>${label} <input name="${name}" type="${type}" autocomplete="off" /></label>`,
  );
  root.innerHTML = `<h1>${title}</h1><form novalidate>${inputs.join("")}<button>${title}</button></form>
    <p role="alert"></p><p role="status"></p>`;
  const show = (role, text) => (root.querySelector(`[role=${role}]`).textContent = text);
  root.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    show("alert", "");
    try {
      const said = await submit(Object.fromEntries(new FormData(event.target)));
      if (said) show("status", said);
    } catch (error) {
      show("alert", errorOf(error));
    }
  });
}

// What its own checks find, which never reaches the server.
class Own extends Error {}
const shown = (otherwise) => (error) =>
  error instanceof Own ? error.message : error.response?.data?.message || otherwise || error.message;

function login() {
  const fields = [["email", "Email", "email"], ["password", "Password", "password"]];
  const submit = async ({ email, password }) => {
    if (password.length < 6) throw new Own("Password must be at least 6 characters");
    const { user } = await send("POST", "/auth/login", { email, password });
    auth = {
      user: { id: user.id, username: user.username, email: user.email },
      accessToken: user.token,
      refreshToken: user.refresh_token,
    };
    localStorage.setItem("auth", JSON.stringify(auth));
    go("/auth/dashboard");
  };
  form("Login", fields, submit, shown("Invalid credentials"));
}

function register() {
  const fields = [["username", "Username", "text"], ["email", "Email", "email"], ["password", "Password", "password"]];
  const submit = async ({ username, email, password }) => {
    if (!username.trim()) throw new Own("Username is required");
    if (password.length < 8 || !/[A-Z]/.test(password) || !/[a-z]/.test(password) || !/\d/.test(password)) {
      throw new Own("Password must have 8 characters, with upper case, lower case and a digit");
    }
    const answer = await send("POST", "/auth/register", { username, email, password });
    if (answer.success) go("/auth/login");
  };
  form("Register", fields, submit, shown("Something went wrong"));
}

function forgotPassword() {
  const submit = async ({ userEmail }) => {
    await send("POST", "/auth/forgot-password", { userEmail });
    return "Check your inbox for the link.";
  };
  form("Forgot password", [["userEmail", "Email", "email"]], submit, shown());
}

function resetPassword(token) {
  const submit = async ({ password }) => {
    await send("POST", "/auth/reset-password", { token, password });
    setTimeout(() => go("/auth/login"), 2000);
    return "Your password was reset.";
  };
  form("Reset password", [["password", "New password", "password"]], submit, shown());
}

function dashboard() {
  if (!auth.user) return go("/auth/login");
  root.innerHTML = `<h1>Dashboard</h1><p>Welcome, ${escaped(auth.user.username)}</p>
    <button id="profile">Profile</button><button id="logout">Logout</button>`;
  document.getElementById("profile").addEventListener("click", async () => {
    try {
      const { user } = await send("GET", "/auth/profile");
      profile = { username: user.username, email: user.email };
      go("/profile");
    } catch (error) {
      console.error(error.message);
    }
  });
  document.getElementById("logout").addEventListener("click", () => {
    localStorage.removeItem("auth");
    auth = signedOut;
    go("/auth/login");
  });
}

function showProfile() {
  const { username, email } = profile ?? { username: "", email: "" };
  root.innerHTML = `<h1>Profile</h1><dl><dt>Username</dt><dd>${escaped(username)}</dd>
    <dt>Email</dt><dd>${escaped(email)}</dd></dl>`;
}

const ROUTES = [
  [/^\/$/, () => (root.innerHTML = "<h1>Home</h1>")],
  [/^\/auth\/login$/, login],
  [/^\/auth\/register$/, register],
  [/^\/auth\/forgot-password$/, forgotPassword],
  [/^\/auth\/reset-password\/([^/]+)$/, resetPassword],
  [/^\/auth\/dashboard$/, dashboard],
  [/^\/profile$/, showProfile],
];

// Unknown paths, such as those of other mailed links, are an empty page.
function render() {
  root.replaceChildren();
  for (const [pattern, show] of ROUTES) {
    const found = pattern.exec(location.pathname);
    if (found) return show(...found.slice(1).map(decodeURIComponent));
  }
}

window.addEventListener("popstate", render);
render();
