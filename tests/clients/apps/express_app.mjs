// An application with Express.
import { auth, requireUser } from "@vestibule/client/node";
import express from "express";

const app = express();
const told = (request, response) => {
  const { id, via, username, email, aal } = request.user;
  response.json({ id, via, username, email, aal });
};

app.use(auth());
app.get("/me", requireUser(), told);
app.get("/maybe", (request, response) => response.json({ id: request.user?.id ?? null }));
app.get("/admin", requireUser({ role: "admin" }), told);
app.get("/orders", requireUser({ scope: "orders:read" }), told);
app.get("/vault", requireUser({ aal: 2 }), told);
app.post("/change", requireUser(), told);
app.listen(Number(process.env.PORT), "localhost");
