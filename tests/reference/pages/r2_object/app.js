// Stands in for a front end of the Express guide whose `errors` is an object: its requests, and what it reads and shows.
const MODE = "%MODE%"; // development or production, as the build says
const root = document.getElementById("root");
const session = { user: null };
let modal = null;

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

async function login(credential, password) {
  const answer = await csrfFetch("/api/session", { method: "POST", body: JSON.stringify({ credential, password }) });
  session.user = (await answer.json()).user;
}

async function signup(user) {
  const { username, firstName, lastName, email, password } = user;
  const body = JSON.stringify({ username, firstName, lastName, email, password });
  session.user = (await (await csrfFetch("/api/users", { method: "POST", body })).json()).user;
}

async function logout() {
  await csrfFetch("/api/session", { method: "DELETE" });
  session.user = null;
}

function element(tag, text, more = {}) {
  return Object.assign(document.createElement(tag), { textContent: text ?? "" }, more);
}

function button(text, onclick) {
  return element("button", text, { type: "button", onclick });
}

function open(shown) {
  modal = shown;
  render();
}

// A modal: its fields, whether its button may be pressed, what it sends, and which errors of the answer it shows where.
function form({ title, fields, ready, submit, places, buttons = [] }) {
  const box = element("form", "", { noValidate: true, ariaLabel: title });
  box.append(element("h2", title));
  for (const [name, label, type = "text"] of fields) {
    const input = element("input", "", { name, type, autocomplete: "off" });
    const line = element("label", label);
    line.append(input);
    box.append(line, element("p", "", { id: `error-${name}` }));
  }
  const send = element("button", title, { disabled: true });
  box.append(element("p", "", { id: "error-message" }), send, ...buttons);
  const values = () => Object.fromEntries(new FormData(box));
  box.oninput = () => (send.disabled = !ready(values()));
  box.onsubmit = async (event) => {
    event.preventDefault();
    const show = (errors) => places.forEach((name) => (box.querySelector(`#error-${name}`).textContent = errors[name] ?? ""));
    show({});
    try {
      await submit(values(), show);
    } catch (answer) {
      const data = await answer.json();
      if (data && data.errors) show(data.errors);
      return;
    }
  };
  return box;
}

function loginModal() {
  return form({
    title: "Log In",
    fields: [["credential", "Username or Email"], ["password", "Password", "password"]],
    ready: ({ credential, password }) => credential.length >= 4 && password.length >= 6,
    places: ["message"],
    submit: async ({ credential, password }) => {
      await login(credential, password);
      open(null);
    },
    buttons: [button("Demo User", () => login("demo@user.io", "password").then(() => open(null)))],
  });
}

function signupModal() {
  return form({
    title: "Sign Up",
    fields: [
      ["email", "Email"], ["username", "Username"], ["firstName", "First Name"], ["lastName", "Last Name"],
      ["password", "Password", "password"], ["confirmPassword", "Confirm Password", "password"],
    ],
    ready: (user) => Object.values(user).every(Boolean) && user.username.length >= 4 && user.password.length >= 6,
    places: ["email", "username", "firstName", "lastName", "password", "confirmPassword"],
    submit: async ({ confirmPassword, ...user }, show) => {
      if (user.password !== confirmPassword) return show({ confirmPassword: "Both passwords must be the same." });
      await signup(user);
      open(null);
    },
  });
}

function render() {
  const { user } = session;
  const page = [element("h1", location.pathname === "/" ? "Spots" : location.pathname)];
  if (user) {
    const lines = [`Hello, ${user.firstName ?? ""}`, user.username, `${user.firstName ?? ""} ${user.lastName ?? ""}`, user.email];
    const list = element("ul", "", { ariaLabel: "Profile" });
    list.append(...lines.map((line) => element("li", line)));
    page.push(list, button("Log Out", () => logout().then(render)));
  } else {
    page.push(button("Log In", () => open(loginModal)), button("Sign Up", () => open(signupModal)));
  }
  if (modal) page.push(modal());
  root.replaceChildren(...page);
}

// Nothing is shown before the server has said who is signed in, nor when it cannot.
if (MODE !== "production") csrfFetch("/api/csrf/restore");
const answer = await csrfFetch("/api/session");
session.user = (await answer.json()).user;
render();
