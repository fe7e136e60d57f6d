import { lazy, Suspense, type ComponentType, type ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";

import { base } from "./config";
import { loadAccountTexts } from "./i18n";
import type paths from "./pages.json";
import { RequireUser } from "../features/session/RequireUser";
import { RETURN_PATH, ToServer } from "../features/session/ToServer";
import { AuthLayout } from "../ui/AuthLayout";
import { ButtonLink } from "../ui/Button";
import { Heading } from "../ui/Page";

/** A page with texts of the account pages: both are loaded at once. */
const withTexts = (load: () => Promise<{ default: ComponentType }>) =>
  lazy(async () => (await Promise.all([load(), loadAccountTexts()]))[0]);

// Each page is a file of its own, loaded when it is opened.
const ResetPassword = lazy(() => import("../features/password_reset/ResetPasswordPage"));
const Account = withTexts(() => import("../ui/AccountLayout"));

/** The page of every path that the server serves: with a path too many or too few, this does not compile. */
const PAGES: Record<keyof typeof paths, ComponentType> = {
  "/": () => <Navigate to="/account" replace />,
  "/auth/sign-in": lazy(() => import("../features/login/SignInPage")),
  "/auth/register": lazy(() => import("../features/registration/RegisterPage")),
  "/auth/forgot-password": lazy(() => import("../features/password_reset/ForgotPasswordPage")),
  "/auth/reset-password": ResetPassword,
  "/auth/reset-password/{token}": ResetPassword,
  "/auth/verify-email": lazy(() => import("../features/email_verification/VerifyEmailPage")),
  "/auth/confirm": lazy(() => import("../features/login/ConfirmLinkPage")),
  "/auth/undo": lazy(() => import("../features/safety/UndoPage")),
  "/auth/no-access": withTexts(() => import("../features/session/NoAccessPage")),
  "/auth/passkey": lazy(() => import("../features/login/PasskeyOfferPage")),
  "/auth/recovery-codes": lazy(() => import("../features/sign_in_methods/RecoveryCodesPage")),
  "/account": lazy(() => import("../features/account/ProfilePage")),
  "/account/security": lazy(() => import("../features/account/SecurityPage")),
  "/account/sessions": lazy(() => import("../features/sessions/SessionsPage")),
  "/account/api-keys": lazy(() => import("../features/api_keys/ApiKeysPage")),
  "/account/activity": lazy(() => import("../features/activity/ActivityPage")),
  "/dev/mailbox": lazy(() => import("../features/mailbox/MailboxPage")),
  "/connect": withTexts(() => import("../features/connect/ConnectPage")),
};

const FOR_USERS = new Set<string>(["/auth/passkey", "/auth/recovery-codes"] satisfies (keyof typeof PAGES)[]);

/** What is around a page: the card of the pages before sign-in (here and there for signed-in users only), or more. */
function frameOf(path: string): "account" | "bare" | "card" | "card for users" {
  if (path.startsWith("/account")) return "account";
  if (!path.startsWith("/auth/")) return "bare";
  return FOR_USERS.has(path) ? "card for users" : "card";
}

/** The routes of the pages in this frame. */
function routes(frame: ReturnType<typeof frameOf>): ReactElement[] {
  return Object.entries(PAGES)
    .filter(([path]) => frameOf(path) === frame)
    .map(([path, Page]) => <Route key={path} path={path.replace(/\{(\w+)\}/, ":$1")} element={<Page />} />);
}

export function Pages() {
  return (
    <BrowserRouter basename={base}>
      <Suspense>
        <Routes>
          {routes("bare")}
          <Route element={<RequireUser />}>
            <Route element={<Account />}>{routes("account")}</Route>
          </Route>
          <Route element={<AuthLayout />}>
            {routes("card")}
            <Route path={RETURN_PATH} element={<ToServer />} />
            <Route element={<RequireUser />}>{routes("card for users")}</Route>
            <Route path="*" element={<NotFound />} />
          </Route>
        </Routes>
      </Suspense>
    </BrowserRouter>
  );
}

function NotFound() {
  const { t } = useTranslation();
  return (
    <>
      <Heading title={t("notFound.title")} lead={t("notFound.lead")} />
      <ButtonLink to="/" className="w-full">
        {t("notFound.home")}
      </ButtonLink>
    </>
  );
}
