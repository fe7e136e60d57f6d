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

/** The link from the mail lands here with a token; people who just registered land here without one. */
export default function VerifyEmailPage() {
  const token = useMailedToken();
  const [query] = useSearchParams();
  const [confirmed, setConfirmed] = useState(false);
  const state = useLocation().state as { email?: string } | null;
  const next = safeNext(query.get("next"));
  // While the code is awaited here, the link may be opened elsewhere: then this page goes on by itself.
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
