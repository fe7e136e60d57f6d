import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";

import { api, useGetConfigQuery, useSignInMutation, useSignUpMutation } from "../../api";
import { door } from "../../app/config";
import { useAppDispatch } from "../../app/store";
import { Button, TextLink } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Heading } from "../../ui/Page";
import { PasswordField } from "../../ui/PasswordField";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useServerErrors } from "../../ui/useServerErrors";
import { withNext } from "../session/next";
import { tellOtherTabs } from "../session/tabs";

interface Values {
  username: string;
  email: string;
  password: string;
}

export default function RegisterPage() {
  const { t } = useTranslation();
  const [query] = useSearchParams();
  const next = query.get("next");
  const minimum = useGetConfigQuery().data?.passwordMinLength ?? 8;
  const form = useForm<Values>({ defaultValues: { username: "", email: "", password: "" } });
  const { general, show, clear } = useServerErrors(form, minimum);
  const { submit, busy } = useRegistration(next, show);
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
        <Button type="submit" busy={busy} className="w-full">
          {t("register.submit")}
        </Button>
        <p className="text-center text-[0.95rem] text-muted">
          {t("register.haveAccount")}{" "}
          <TextLink to={withNext("/auth/sign-in", next)}>{t("register.signIn")}</TextLink>
        </p>
      </form>
    </>
  );
}

/** Register, be signed in through either door, and go on to confirming the address. */
function useRegistration(next: string | null, show: (error: unknown) => void) {
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  const [signUp, signingUp] = useSignUpMutation();
  const [signIn, signingIn] = useSignInMutation();
  const submit = async (values: Values) => {
    const answer = await signUp(values);
    if (answer.error) {
      show(answer.error);
      return;
    }
    let user = answer.data ?? null;
    if (user && door === "token") {
      user = (await signIn({ credential: values.username, password: values.password })).data ?? null;
    }
    if (user) {
      dispatch(api.util.upsertQueryData("currentUser", undefined, user));
      tellOtherTabs();
    }
    await navigate(withNext("/auth/verify-email", next), { replace: true, state: { email: values.email } });
  };
  return { submit, busy: signingUp.isLoading || signingIn.isLoading };
}
