import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";

import {
  api,
  useBeginPasskeyRegistrationMutation,
  useFinishPasskeyRegistrationMutation,
  useGetConfigQuery,
  useSignInMutation,
  useSignUpMutation,
  type ProfileFieldView,
  type SafeUser,
} from "../../api";
import { asProblem } from "../../api/problem";
import { sessionType } from "../../app/config";
import { loadAccountTexts } from "../../app/i18n";
import { useAppDispatch } from "../../app/store";
import { Button, TextLink } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Form } from "../../ui/Form";
import { Notice } from "../../ui/Notice";
import { Heading } from "../../ui/Page";
import { NewPasswordField } from "../../ui/PasswordField";
import { useRules } from "../../ui/rules";
import { useForm } from "../../ui/useForm";
import { PasskeyButton } from "../login/PasskeyButton";
import { makePasskey, supportsPasskeys } from "../login/passkeys";
import type { Attempt } from "../login/useAttempt";
import { useFieldRules } from "../profile_fields/texts";
import { typedValues, type ProfileValues } from "../profile_fields/values";
import { withNext } from "../session/next";
import { tellOtherTabs } from "../session/tabs";

const ProfileInputs = lazy(async () => {
  const [inputs] = await Promise.all([import("../profile_fields/ProfileInputs"), loadAccountTexts()]);
  return inputs;
});
const NO_FIELDS: ProfileFieldView[] = [];

type Values = ProfileValues & { username: string; email: string; password: string };

export default function RegisterPage() {
  const { t } = useTranslation();
  const [query] = useSearchParams();
  const next = query.get("next");
  const config = useGetConfigQuery().data;
  const fields = config?.profileFields ?? NO_FIELDS;
  const { filled, newPassword } = useRules();
  const fieldRules = useFieldRules();
  const { register, registerWithPasskey } = useRegistration(next, fields);
  const [cancelled, setCancelled] = useState(false);
  const form = useForm<Values>(
    { username: "", email: "", password: "" },
    {
      username: (value) =>
        filled(value) ??
        (value.length < 4 || value.length > 30 ? t("errors.username_length") : undefined) ??
        (value.includes("@") ? t("errors.username_is_email") : undefined),
      email: filled,
      password: newPassword,
      ...fieldRules(fields),
    },
    register,
  );
  const withPasskey = () => {
    setCancelled(false);
    return form.run(async (values) => {
      const error = await registerWithPasskey(values);
      setCancelled(error === "cancelled");
      return error === "cancelled" ? undefined : error;
    }, "password");
  };
  const passkeysOffered = config?.loginMethods.includes("passkey") ?? false;

  return (
    <>
      <Heading title={t("register.title")} lead={t("register.lead")} />
      <Form form={form}>
        <Field
          label={t("fields.username")}
          hint={t("fields.usernameHint")}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          {...form.text("username")}
        />
        <Field
          label={t("fields.email")}
          type="email"
          inputMode="email"
          autoComplete="email"
          {...form.text("email")}
        />
        <NewPasswordField label={t("fields.password")} {...form.text("password")} />
        {fields.length > 0 ? (
          <Suspense>
            <ProfileInputs fields={fields} form={form} />
          </Suspense>
        ) : null}
        <Button type="submit" busy={form.busy} className="w-full">
          {t("register.submit")}
        </Button>
        {supportsPasskeys && passkeysOffered ? (
          <>
            {cancelled ? <Notice>{t("steps.passkey.cancelled")}</Notice> : null}
            <PasskeyButton busy={form.busy} onClick={() => void withPasskey()}>
              {t("register.passkey")}
            </PasskeyButton>
          </>
        ) : null}
        <p className="text-center text-[0.95rem] text-muted">
          {t("register.haveAccount")}{" "}
          <TextLink to={withNext("/auth/sign-in", next)}>{t("register.signIn")}</TextLink>
        </p>
      </Form>
    </>
  );
}

/** Registers, signs in with either type of session, and goes on to confirming the email address. */
function useRegistration(next: string | null, fields: ProfileFieldView[]) {
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  const [signUp] = useSignUpMutation();
  const [signIn] = useSignInMutation();
  const [begin] = useBeginPasskeyRegistrationMutation();
  const [finish] = useFinishPasskeyRegistrationMutation();

  const goOn = async (user: SafeUser | null, email: string) => {
    if (user) {
      dispatch(api.util.upsertQueryData("currentUser", undefined, user));
      tellOtherTabs();
    }
    await navigate(withNext("/auth/verify-email", next), { replace: true, state: { email } });
  };
  const prove = (attempt: Attempt) =>
    navigate(withNext("/auth/sign-in", next), { replace: true, state: { attempt } });
  /** If the account was created but needs a second factor, continue on the sign-in page; else return the error. */
  const refused = (error: unknown) => {
    const { code, attempt } = asProblem(error);
    return code === "mfa_required" && attempt ? prove(attempt) : error;
  };
  const register = async ({ username, password, ...rest }: Values) => {
    const email = rest.email.trim();
    const answer = await signUp({ username, email, password, profile: typedValues(fields, rest) });
    if (answer.error) return refused(answer.error);
    let user = answer.data ?? null;
    if (user && sessionType === "token") {
      const signedIn = await signIn({ credential: username, password });
      if (signedIn.error) return refused(signedIn.error);
      user = signedIn.data ?? null;
    }
    return goOn(user, email);
  };
  const registerWithPasskey = async ({ username, ...rest }: Values): Promise<unknown> => {
    const email = rest.email.trim();
    try {
      const begun = await begin({ username, email, profile: typedValues(fields, rest) });
      if (!begun.data) return begun.error;
      const credential = await makePasskey(begun.data.publicKey);
      if (!credential) return "cancelled";
      const answer = await finish({ attempt: begun.data.attempt.id, credential });
      if (!answer.data) return answer.error;
      const { status, attempt, steps, user } = answer.data;
      if (status === "needs_step" && attempt) return prove({ id: attempt.id, steps: steps ?? [] });
      return goOn(user ?? null, email);
    } catch (error) {
      return error;
    }
  };
  return { register, registerWithPasskey };
}
