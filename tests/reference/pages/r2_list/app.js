// Stands in for a front end of the Express guide whose `errors` is a list: its requests, and what it reads and shows.
const MODE = "%MODE%"; // development or production, as the build says
const root = document.getElementById("root");
const session = { user: null };
let modal = null;
let errors = [];
let typed = {};

// js-cookie: undefined without the cookie, which a header makes the text "undefined".
function cookie(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found && decodeURIComponent(found.slice(name.length + 1));
}

async function csrfFetch(url, options = {}) {
  options.method = options.method || "GET";
  options.headers = options.headers || {};
  if (options.method.toUpperCase() !== "GET") {
    options.headers["Content-Type"] = options.headers["Content-Type"] || "application/json";
    options.headers["XSRF-Token"] = cookie("XSRF-TOKEN");
  }
  const answer = await fetch(url, options);
  if (answer.status >= 400) throw answer;
  return answer;
}

async function login({ credential, password }) {
  const answer = await csrfFetch("/api/session", { method: "POST", body: JSON.stringify({ credential, password }) });
  session.user = (await answer.json()).user;
}

async function signup({ username, firstName, lastName, email, password, confirmPassword }) {
  if (password !== confirmPassword) {
    errors = ["Confirm Password field must be the same as the Password field"];
    return false;
  }
  const body = JSON.stringify({ username, firstName, lastName, email, password });
  session.user = (await (await csrfFetch("/api/users", { method: "POST", body })).json()).user;
}

async function logout() {
  await csrfFetch("/api/session", { method: "DELETE" });
  session.user = null;
}

const MODALS = {
  "Log In": {
    fields: [["credential", "Username or Email"], ["password", "Password", "password"]],
    ready: ({ credential = "", password = "" }) => credential.length >= 4 && password.length >= 6,
    submit: login,
    demo: () => login({ credential: "Demo-lition", password: "password" }),
  },
  "Sign Up": {
    fields: [
      ["email", "Email"], ["username", "Username"], ["firstName", "First Name"], ["lastName", "Last Name"],
      ["password", "Password", "password"], ["confirmPassword", "Confirm Password", "password"],
    ],
    ready: (user) => MODALS["Sign Up"].fields.every(([name]) => user[name]) && user.password.length >= 6,
    submit: signup,
  },
};

function element(tag, text, more = {}) {
  return Object.assign(document.createElement(tag), { textContent: text ?? "" }, more);
}

function open(title) {
  [modal, errors, typed] = [title, [], {}];
  render();
}

async function send(event) {
  event.preventDefault();
  errors = [];
  try {
    if ((await MODALS[modal].submit(typed)) !== false) return open(null);
  } catch (answer) {
    const data = await answer.json();
    if (data && data.errors) errors = data.errors;
  }
  render();
}

function form() {
  const { fields, ready, demo } = MODALS[modal];
  const box = element("form", "", { noValidate: true, ariaLabel: modal, onsubmit: send });
  const list = element("ul", "", { ariaLabel: "Errors" });
  list.append(...errors.map((error) => element("li", error)));
  const press = element("button", modal, { disabled: !ready(typed) });
  box.append(element("h2", modal), list);
  for (const [name, label, type = "text"] of fields) {
    const line = element("label", label);
    line.append(element("input", "", { name, type, autocomplete: "off", value: typed[name] ?? "" }));
    box.append(line);
  }
  box.oninput = ({ target }) => {
    typed[target.name] = target.value;
    press.disabled = !ready(typed);
  };
  box.append(press);
  if (demo) box.append(element("button", "Demo User", { type: "button", onclick: () => demo().then(() => open(null)) }));
  return box;
}

function profile(user) {
  const list = element("ul", "", { ariaLabel: "Profile" });
  const lines = [`Hello, ${user.firstName}`, user.username, `${user.firstName} ${user.lastName}`, user.email];
  list.append(...lines.map((line) => element("li", line)));
  return [list, element("button", "Log Out", { onclick: () => logout().then(render) })];
}

function content() {
  const page = [element("h1", location.pathname === "/" ? "Spots" : location.pathname)];
  if (session.user !== null) page.push(...profile(session.user));
  else page.push(...Object.keys(MODALS).map((title) => element("button", title, { onclick: () => open(title) })));
  if (modal) page.push(form());
  return page;
}

// As React: what throws while it is drawn takes the whole page away.
function render() {
  try {
    root.replaceChildren(...content());
  } catch (error) {
    root.replaceChildren();
    throw error;
  }
}

// Nothing is shown before the server has said who is signed in, nor when it cannot.
if (MODE !== "production") csrfFetch("/api/csrf/restore");
const answer = await csrfFetch("/api/session");
session.user = (await answer.json()).user;
render();
