import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useSearchParams } from "react-router";

import { useCurrentUserQuery } from "../../api";
import { ButtonLink } from "../../ui/Button";
import { Heading } from "../../ui/Page";
import { useMailedToken } from "../../ui/useMailedToken";
import { safeNext } from "../session/next";
import { ConfirmByLink } from "./ConfirmByLink";
import { EnterCode } from "./EnterCode";

/** The page for confirming an email address: with the token of the emailed link, or without one after registering. */
export default function VerifyEmailPage() {
  const token = useMailedToken();
  const [query] = useSearchParams();
  const [confirmed, setConfirmed] = useState(false);
  const state = useLocation().state as { email?: string } | null;
  const next = safeNext(query.get("next"));
  // While this page waits for the code, the link may be opened elsewhere; the page then continues by itself.
  const waiting = !token && !confirmed;
  const { data: user } = useCurrentUserQuery(
    undefined,
    waiting ? { pollingInterval: 4000, skipPollingIfUnfocused: true } : {},
  );
  const email = state?.email ?? (user && !user.emailVerified ? user.email : "");
  const isDone =
    confirmed || (waiting && user?.emailVerified === true && (!state?.email || state.email === user.email));

  if (isDone) return <Done next={next} />;
  if (token) return <ConfirmByLink token={token} email={email} onConfirmed={() => setConfirmed(true)} />;
  return (
    <EnterCode email={email} signedIn={Boolean(user)} next={next} onConfirmed={() => setConfirmed(true)} />
  );
}

function Done({ next }: { next: string }) {
  const { t } = useTranslation();
  return (
    <>
      <Heading title={t("verify.done")} lead={t("verify.doneLead")} />
      <ButtonLink to={next} replace className="w-full">
        {t("common.continue")}
      </ButtonLink>
    </>
  );
}
