import { useRef, useState, type ChangeEvent } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate, useSearchParams } from "react-router";

import {
  api,
  useCurrentUserQuery,
  useGetConfigQuery,
  useSignInMutation,
  useSignOutMutation,
} from "../../api";
import type { Credentials, SafeUser } from "../../api";
import { useAppDispatch } from "../../app/store";
import { Button, TextLink } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Notice } from "../../ui/Notice";
import { Heading } from "../../ui/Page";
import { PasswordField } from "../../ui/PasswordField";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { safeNext, withNext } from "../session/next";
import { tellOtherTabs } from "../session/tabs";

interface Arrival {
  ended?: boolean;
  signedOut?: boolean;
}

export default function SignInPage() {
  const { t } = useTranslation();
  const [query] = useSearchParams();
  const arrival = useLocation().state as Arrival | null;
  const { data: user } = useCurrentUserQuery();
  const { data: config } = useGetConfigQuery();
  return (
    <>
      <Heading title={t("signIn.title")} lead={t("signIn.lead")} />
      {user ? <AlreadySignedIn user={user} next={query.get("next")} /> : null}
      {arrival?.ended && !user ? <Told tone="warning">{t("signIn.ended")}</Told> : null}
      {arrival?.signedOut && !user ? <Told tone="success">{t("signIn.signedOut")}</Told> : null}
      {user ? null : <SignInForm next={query.get("next")} />}
      {config?.development && !user ? (
        <p className="mt-6 rounded-xl border border-dashed border-border px-4 py-3 text-sm text-muted">
          {t("signIn.demo")}
        </p>
      ) : null}
    </>
  );
}

function Told({ tone, children }: { tone: "warning" | "success"; children: string }) {
  return (
    <div className="mb-6">
      <Notice tone={tone}>{children}</Notice>
    </div>
  );
}

/** A plain form: the form library would be a tenth of everything this page loads. */
function SignInForm({ next }: { next: string | null }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  const [signIn, { isLoading, error, reset }] = useSignInMutation();
  const [typed, setTyped] = useState<Credentials>({ credential: "", password: "" });
  const [missing, setMissing] = useState<keyof Credentials>();
  const credential = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);

  const submit = async () => {
    const empty = (["credential", "password"] as const).find((name) => !typed[name]);
    setMissing(empty);
    reset();
    if (empty) {
      (empty === "credential" ? credential : password).current?.focus();
      return;
    }
    const answer = await signIn(typed);
    if (answer.error) {
      password.current?.focus();
      return;
    }
    dispatch(api.util.upsertQueryData("currentUser", undefined, answer.data ?? null));
    tellOtherTabs();
    await navigate(safeNext(next), { replace: true });
  };
  const field = (name: keyof Credentials) => ({
    name,
    value: typed[name],
    onChange: (event: ChangeEvent<HTMLInputElement>) => setTyped({ ...typed, [name]: event.target.value }),
    error: missing === name ? t("errors.required") : undefined,
  });

  return (
    <form
      noValidate
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {error ? <ProblemNotice error={error} /> : null}
      <Field
        label={t("fields.credential")}
        autoComplete="username webauthn"
        autoCapitalize="none"
        spellCheck={false}
        ref={credential}
        {...field("credential")}
      />
      <PasswordField
        label={t("fields.password")}
        autoComplete="current-password"
        aside={
          <TextLink to="/auth/forgot-password" state={{ email: typed.credential }} className="text-sm">
            {t("signIn.forgot")}
          </TextLink>
        }
        ref={password}
        {...field("password")}
      />
      <Button type="submit" busy={isLoading} className="w-full">
        {t("signIn.submit")}
      </Button>
      <p className="text-center text-[0.95rem] text-muted">
        {t("signIn.noAccount")}{" "}
        <TextLink to={withNext("/auth/register", next)}>{t("signIn.register")}</TextLink>
      </p>
    </form>
  );
}

function AlreadySignedIn({ user, next }: { user: SafeUser; next: string | null }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  const [signOut, { isLoading }] = useSignOutMutation();
  const another = async () => {
    await signOut();
    dispatch(api.util.resetApiState());
    tellOtherTabs();
  };
  return (
    <div className="space-y-4">
      <Notice>{t("signIn.already", { username: user.username })}</Notice>
      <Button className="w-full" onClick={() => void navigate(safeNext(next))}>
        {t("signIn.alreadyContinue")}
      </Button>
      <Button look="quiet" busy={isLoading} className="w-full" onClick={() => void another()}>
        {t("signIn.alreadySwitch")}
      </Button>
    </div>
  );
}
