import { lazy, Suspense, useState } from "react";
import { useForm } from "react-hook-form";
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
import { codeOf } from "../../api/http";
import { sessionType } from "../../app/config";
import { loadAccountTexts } from "../../app/i18n";
import { useAppDispatch } from "../../app/store";
import { Button, TextLink } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { KeyIcon } from "../../ui/icons";
import { Notice } from "../../ui/Notice";
import { Heading } from "../../ui/Page";
import { PasswordField } from "../../ui/PasswordField";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useServerErrors } from "../../ui/useServerErrors";
import { makePasskey, supportsPasskeys } from "../login/passkeys";
import type { Attempt } from "../login/useAttempt";
import { initialValues, typedValues, type FormValues } from "../profile_fields/values";
import { withNext } from "../session/next";
import { tellOtherTabs } from "../session/tabs";

const ProfileInputs = lazy(async () => {
  const [inputs] = await Promise.all([import("../profile_fields/ProfileInputs"), loadAccountTexts()]);
  return inputs;
});
const NO_FIELDS: ProfileFieldView[] = [];

interface Values {
  username: string;
  email: string;
  password: string;
  profile: FormValues;
}

export default function RegisterPage() {
  const { t } = useTranslation();
  const [query] = useSearchParams();
  const next = query.get("next");
  const config = useGetConfigQuery().data;
  const minimum = config?.passwordMinLength ?? 8;
  const fields = config?.profileFields ?? NO_FIELDS;
  const form = useForm<Values>({
    defaultValues: { username: "", email: "", password: "", profile: initialValues(fields) },
  });
  const { general, show, clear } = useServerErrors(form, minimum);
  const { submit, submitWithPasskey, busy } = useRegistration(next, fields, show);
  const [cancelled, setCancelled] = useState(false);
  const passkeysOffered = config?.loginMethods.includes("passkey") ?? false;
  const withPasskey = async () => {
    clear();
    setCancelled(false);
    form.clearErrors();
    const profile = fields.map(({ name }) => `profile.${name}` as const);
    if (await form.trigger(["username", "email", ...profile], { shouldFocus: true })) {
      setCancelled((await submitWithPasskey(form.getValues())) === "cancelled");
    }
  };
  const { errors } = form.formState;
  const required = t("errors.required");

  return (
    <>
      <Heading title={t("register.title")} lead={t("register.lead")} />
      <form
        noValidate
        className="space-y-5"
        onSubmit={(event) =>
          void form.handleSubmit((values) => {
            clear();
            return submit(values);
          })(event)
        }
      >
        {general ? <ProblemNotice error={general} /> : null}
        <Field
          label={t("fields.username")}
          hint={t("fields.usernameHint")}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          error={errors.username?.message}
          {...form.register("username", {
            required,
            minLength: { value: 4, message: t("errors.username_length") },
            maxLength: { value: 30, message: t("errors.username_length") },
            validate: (value) => !value.includes("@") || t("errors.username_is_email"),
          })}
        />
        <Field
          label={t("fields.email")}
          type="email"
          inputMode="email"
          autoComplete="email"
          error={errors.email?.message}
          {...form.register("email", { required, setValueAs: (value: string) => value.trim() })}
        />
        <PasswordField
          label={t("fields.password")}
          hint={t("fields.passwordHint", { count: minimum })}
          autoComplete="new-password"
          error={errors.password?.message}
          {...form.register("password", {
            required,
            minLength: { value: minimum, message: t("errors.password_too_short", { count: minimum }) },
          })}
        />
        {fields.length > 0 ? (
          <Suspense>
            <ProfileInputs
              fields={fields}
              errors={errors.profile}
              register={(name, rules) => form.register(`profile.${name}`, rules)}
            />
          </Suspense>
        ) : null}
        <Button type="submit" busy={busy} className="w-full">
          {t("register.submit")}
        </Button>
        {supportsPasskeys && passkeysOffered ? (
          <>
            {cancelled ? <Notice>{t("steps.passkey.cancelled")}</Notice> : null}
            <Button look="quiet" busy={busy} className="w-full" onClick={() => void withPasskey()}>
              <span className="inline-flex items-center gap-2">
                <KeyIcon />
                {t("register.passkey")}
              </span>
            </Button>
          </>
        ) : null}
        <p className="text-center text-[0.95rem] text-muted">
          {t("register.haveAccount")}{" "}
          <TextLink to={withNext("/auth/sign-in", next)}>{t("register.signIn")}</TextLink>
        </p>
      </form>
    </>
  );
}

/** Registers, signs in with either type of session, and goes on to confirming the email address. */
function useRegistration(next: string | null, fields: ProfileFieldView[], show: (error: unknown) => void) {
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  const [signUp, signingUp] = useSignUpMutation();
  const [signIn, signingIn] = useSignInMutation();
  const [begin] = useBeginPasskeyRegistrationMutation();
  const [finish] = useFinishPasskeyRegistrationMutation();
  const [making, setMaking] = useState(false);

  const goOn = async (user: SafeUser | null, email: string) => {
    if (user) {
      dispatch(api.util.upsertQueryData("currentUser", undefined, user));
      tellOtherTabs();
    }
    await navigate(withNext("/auth/verify-email", next), { replace: true, state: { email } });
  };
  /** If the account was created but needs a second factor, continue on the sign-in page; else show the error. */
  const refused = async (error: unknown) => {
    const attempt = attemptIn(error);
    if (attempt) await navigate(withNext("/auth/sign-in", next), { replace: true, state: { attempt } });
    else show(error);
  };
  const submit = async (values: Values) => {
    const answer = await signUp({ ...values, profile: typedValues(fields, values.profile) });
    if (answer.error) return refused(answer.error);
    let user = answer.data ?? null;
    if (user && sessionType === "token") {
      const signedIn = await signIn({ credential: values.username, password: values.password });
      if (signedIn.error) return refused(signedIn.error);
      user = signedIn.data ?? null;
    }
    return goOn(user, values.email);
  };
  const submitWithPasskey = async ({
    username,
    email,
    profile,
  }: Values): Promise<"cancelled" | undefined> => {
    setMaking(true);
    try {
      const begun = await begin({ username, email: email.trim(), profile: typedValues(fields, profile) });
      if (!begun.data) {
        show(begun.error);
        return undefined;
      }
      const credential = await makePasskey(begun.data.publicKey);
      if (!credential) return "cancelled";
      const answer = await finish({ attempt: begun.data.attempt.id, credential });
      if (!answer.data) show(answer.error);
      else if (answer.data.status === "needs_step" && answer.data.attempt) {
        const attempt = { id: answer.data.attempt.id, steps: answer.data.steps ?? [] };
        await navigate(withNext("/auth/sign-in", next), { replace: true, state: { attempt } });
      } else await goOn(answer.data.user ?? null, email);
    } catch (error) {
      show(error);
    } finally {
      setMaking(false);
    }
    return undefined;
  };
  return { submit, submitWithPasskey, busy: signingUp.isLoading || signingIn.isLoading || making };
}

function attemptIn(error: unknown): Attempt | undefined {
  if (codeOf(error) !== "mfa_required") return undefined;
  return (error as { data: { attempt: Attempt } }).data.attempt;
}
