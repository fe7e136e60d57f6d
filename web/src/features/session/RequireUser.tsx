import { useEffect, useState } from "react";
import { Navigate, Outlet, useLocation } from "react-router";

import { useCurrentUserQuery, type SafeUser } from "../../api";
import { Loading } from "../../ui/Loading";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { signingOut } from "./signingOut";
import { whenAnotherTabChanges } from "./tabs";
import { withNext } from "./next";

/** Shows its pages to signed-in users only; others sign in first and return to the requested page. */
export function RequireUser() {
  const { data: user, isLoading, error, refetch } = useCurrentUserQuery();
  const location = useLocation();
  const [wasHere, setWasHere] = useState(false);
  if (user && !wasHere) setWasHere(true);
  useEffect(() => whenAnotherTabChanges(() => void refetch()), [refetch]);
  if (isLoading) return <Frame />;
  if (error && !user) return <Frame error={error} />;
  if (user) return <Outlet context={user satisfies SafeUser} />;
  const target = withNext("/auth/sign-in", location.pathname + location.search);
  return <Navigate to={target} replace state={signingOut.now ? { signedOut: true } : { ended: wasHere }} />;
}

function Frame({ error }: { error?: unknown }) {
  return (
    <main className="mx-auto max-w-4xl px-5 py-24 sm:px-8">
      {error ? <ProblemNotice error={error} /> : <Loading />}
    </main>
  );
}
