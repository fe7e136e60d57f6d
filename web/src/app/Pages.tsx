import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";

import { base } from "./config";
import { loadAccountTexts } from "./i18n";
import { RequireUser } from "../features/session/RequireUser";
import { RETURN_PATH, ToServer } from "../features/session/ToServer";
import { AuthLayout } from "../ui/AuthLayout";
import { ButtonLink } from "../ui/Button";
import { Heading } from "../ui/Page";

// Each page is a file of its own, loaded when it is opened.
const SignIn = lazy(() => import("../features/login/SignInPage"));
const Register = lazy(() => import("../features/registration/RegisterPage"));
const ForgotPassword = lazy(() => import("../features/password_reset/ForgotPasswordPage"));
const ResetPassword = lazy(() => import("../features/password_reset/ResetPasswordPage"));
const VerifyEmail = lazy(() => import("../features/email_verification/VerifyEmailPage"));
const ConfirmLink = lazy(() => import("../features/login/ConfirmLinkPage"));
const PasskeyOffer = lazy(() => import("../features/login/PasskeyOfferPage"));
const RecoveryCodes = lazy(() => import("../features/sign_in_methods/RecoveryCodesPage"));
const Undo = lazy(() => import("../features/safety/UndoPage"));
const Account = lazy(async () => {
  const [layout] = await Promise.all([import("../ui/AccountLayout"), loadAccountTexts()]);
  return layout;
});
const Profile = lazy(() => import("../features/account/ProfilePage"));
const Security = lazy(() => import("../features/account/SecurityPage"));
const Sessions = lazy(() => import("../features/sessions/SessionsPage"));
const ApiKeys = lazy(() => import("../features/api_keys/ApiKeysPage"));
const Activity = lazy(() => import("../features/activity/ActivityPage"));
const NoAccess = lazy(async () => {
  const [page] = await Promise.all([import("../features/session/NoAccessPage"), loadAccountTexts()]);
  return page;
});
const Connect = lazy(async () => {
  const [page] = await Promise.all([import("../features/connect/ConnectPage"), loadAccountTexts()]);
  return page;
});
const Mailbox = lazy(() => import("../features/mailbox/MailboxPage"));

export function Pages() {
  return (
    <BrowserRouter basename={base}>
      <Suspense>
        <Routes>
          <Route path="/" element={<Navigate to="/account" replace />} />
          <Route element={<RequireUser />}>
            <Route path="/account" element={<Account />}>
              <Route index element={<Profile />} />
              <Route path="security" element={<Security />} />
              <Route path="sessions" element={<Sessions />} />
              <Route path="api-keys" element={<ApiKeys />} />
              <Route path="activity" element={<Activity />} />
            </Route>
          </Route>
          <Route path="/dev/mailbox" element={<Mailbox />} />
          <Route path="/connect" element={<Connect />} />
          <Route element={<AuthLayout />}>
            <Route path="/auth/sign-in" element={<SignIn />} />
            <Route path="/auth/register" element={<Register />} />
            <Route path="/auth/forgot-password" element={<ForgotPassword />} />
            <Route path="/auth/reset-password/:token?" element={<ResetPassword />} />
            <Route path="/auth/verify-email" element={<VerifyEmail />} />
            <Route path="/auth/confirm" element={<ConfirmLink />} />
            <Route path="/auth/undo" element={<Undo />} />
            <Route path="/auth/no-access" element={<NoAccess />} />
            <Route path={RETURN_PATH} element={<ToServer />} />
            <Route element={<RequireUser />}>
              <Route path="/auth/passkey" element={<PasskeyOffer />} />
              <Route path="/auth/recovery-codes" element={<RecoveryCodes />} />
            </Route>
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
