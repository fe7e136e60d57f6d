import { useTranslation } from "react-i18next";
import { Suspense } from "react";
import { Link, NavLink, Outlet } from "react-router";

import { useSignOutMutation } from "../api";
import { signingOut } from "../features/session/signingOut";
import { useSignedOut } from "../features/session/useSignedOut";
import { Button } from "./Button";
import { StepUpDialog } from "../features/login/StepUpDialog";
import { useUser } from "../features/session/useUser";
import { SessionEnding } from "../features/session/SessionEnding";
import { RecoveryBanner } from "../features/sign_in_methods/RecoveryBanner";
import { Mark } from "./icons";
import { Loading } from "./Loading";
import { useProduct } from "./Page";
import { Preferences } from "./Preferences";

const PAGES = [
  ["/account", "profile"],
  ["/account/security", "security"],
  ["/account/sessions", "sessions"],
  ["/account/api-keys", "apiKeys"],
  ["/account/activity", "activity"],
] as const;

/** The frame of the account pages: header, navigation, and the banners and dialogs that all of them share. */
export default function AccountLayout() {
  const { t } = useTranslation();
  const product = useProduct();
  return (
    <div className="min-h-dvh">
      <a
        href="#content"
        className="absolute -top-20 left-4 z-10 rounded-lg bg-primary px-4 py-2 text-on-primary focus:top-4"
      >
        {t("common.skip")}
      </a>
      <header className="border-b border-border bg-surface">
        <div className="mx-auto flex max-w-4xl flex-wrap items-center justify-between gap-x-6 gap-y-3 px-5 py-4 sm:px-8">
          <Link to="/account" className="inline-flex items-center gap-3 rounded-lg font-bold tracking-tight">
            <Mark className="size-8" />
            {product}
          </Link>
          <SignOut />
        </div>
        <nav aria-label={t("account.nav")} className="mx-auto max-w-4xl overflow-x-auto px-3 sm:px-6">
          <ul className="flex gap-1">
            {PAGES.map(([path, name]) => (
              <li key={path}>
                <NavLink
                  to={path}
                  end
                  className="inline-flex min-h-11 items-center border-b-2 whitespace-nowrap border-transparent px-2 text-[0.95rem] font-semibold text-muted hover:text-foreground aria-[current=page]:border-primary aria-[current=page]:text-foreground sm:px-3"
                >
                  {t(`account.${name}`)}
                </NavLink>
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <main id="content" className="mx-auto max-w-4xl px-5 py-10 sm:px-8">
        <SessionEnding />
        <RecoveryBanner />
        <Suspense fallback={<Loading />}>
          <Outlet context={useUser()} />
        </Suspense>
        <StepUpDialog />
      </main>
      <footer className="mx-auto max-w-4xl px-5 pb-10 sm:px-8">
        <Preferences />
      </footer>
    </div>
  );
}

function SignOut() {
  const { t } = useTranslation();
  const [signOut, { isLoading }] = useSignOutMutation();
  const signedOut = useSignedOut();
  const leave = async () => {
    signingOut.now = true;
    const answer = await signOut();
    if (!answer.error) await signedOut({ replace: true, state: { signedOut: true } });
    signingOut.now = false;
  };
  return (
    <Button look="quiet" busy={isLoading} onClick={() => void leave()}>
      {t("account.signOut")}
    </Button>
  );
}
