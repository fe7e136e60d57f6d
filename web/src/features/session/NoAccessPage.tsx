import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";

import { api, useCurrentUserQuery, useSignOutMutation } from "../../api";
import { useAppDispatch } from "../../app/store";
import { Button, ButtonLink } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Heading } from "../../ui/Page";
import { RETURN_PATH } from "./ToServer";
import { tellOtherTabs } from "./tabs";

const WHY = ["role", "email", "assurance"] as const;

/** The page for a signed-in user whom forward-auth denied: the reason, and how to fix it. */
export default function NoAccessPage() {
  const { t } = useTranslation();
  const [query] = useSearchParams();
  const { data: user } = useCurrentUserQuery();
  const why = WHY.find((known) => known === query.get("why")) ?? "role";
  const to = query.get("to") ?? "";
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

/** A button that signs out, so that the user can sign in again and return to the address `to`. */
function Again({ to, label }: { to: string; label: string }) {
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  const [signOut, { isLoading }] = useSignOutMutation();
  const again = async () => {
    const answer = await signOut();
    if (answer.error) return;
    const next = `${RETURN_PATH}?to=${encodeURIComponent(to)}`;
    await navigate(`/auth/sign-in?next=${encodeURIComponent(next)}`);
    dispatch(api.util.resetApiState());
    tellOtherTabs();
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
