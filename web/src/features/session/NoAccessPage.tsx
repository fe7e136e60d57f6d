import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { useCurrentUserQuery, useSignOutMutation } from "../../api";
import { Button, ButtonLink } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Heading } from "../../ui/Page";
import { RETURN_PATH } from "./ToServer";
import { useSignedOut } from "./useSignedOut";

const DENIED = ["role", "email", "assurance"] as const;
const OBSTACLES = ["unlisted", "out_of_reach", "insecure"] as const;

/** The page for a user who does not get to an address behind forward-auth: the reason, and how to fix it. */
export default function NoAccessPage() {
  const [query] = useSearchParams();
  const to = query.get("to") ?? "";
  const obstacle = OBSTACLES.find((known) => known === query.get("why"));
  if (obstacle) return <NotSentBack why={obstacle} to={to} />;
  return <NotAdmitted why={DENIED.find((known) => known === query.get("why")) ?? "role"} to={to} />;
}

/** For a signed-in user whom an access rule does not admit. */
function NotAdmitted({ why, to }: { why: (typeof DENIED)[number]; to: string }) {
  const { t } = useTranslation();
  const { data: user } = useCurrentUserQuery();
  return (
    <>
      <Heading title={t(`noAccess.${why}.title`)} lead={t(`noAccess.${why}.lead`, { host: hostOf(to) })} />
      <div className="space-y-4">
        {user ? <Notice>{t("signIn.already", { username: user.username })}</Notice> : null}
        <Again to={to} label={t(why === "assurance" ? "noAccess.again" : "signIn.alreadySwitch")} />
        <ButtonLink
          to={why === "assurance" ? "/account/security" : "/account"}
          look="quiet"
          className="w-full"
        >
          {t(why === "assurance" ? "noAccess.security" : "noAccess.account")}
        </ButtonLink>
      </div>
    </>
  );
}

/** For an address that this service does not send back to. There is no link to it: it may be any address. */
function NotSentBack({ why, to }: { why: (typeof OBSTACLES)[number]; to: string }) {
  const { t } = useTranslation();
  const host = hostOf(to);
  const name = host.replace(/:\d+$/, "");
  const facts = { host, rule: `${name}/* signed-in`, origin: `VESTIBULE_APP_ORIGIN=https://${name}` };
  return (
    <>
      <Heading title={t(`noAccess.${why}.title`)} lead={t(`noAccess.${why}.lead`, facts)} />
      <div className="space-y-4">
        <Notice>{t(`noAccess.${why}.operator`, facts)}</Notice>
        <ButtonLink to="/account" look="quiet" className="w-full">
          {t("noAccess.account")}
        </ButtonLink>
      </div>
    </>
  );
}

/** A button that signs out, so that the user can sign in again and return to the address `to`. */
function Again({ to, label }: { to: string; label: string }) {
  const signedOut = useSignedOut();
  const [signOut, { isLoading }] = useSignOutMutation();
  const again = async () => {
    const answer = await signOut();
    if (!answer.error) await signedOut({}, `${RETURN_PATH}?to=${encodeURIComponent(to)}`);
  };
  return (
    <Button className="w-full" busy={isLoading} onClick={() => void again()}>
      {label}
    </Button>
  );
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : "";
}
