import { lazy, Suspense, useEffect, useEffectEvent, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate, useSearchParams } from "react-router";

import { api, useCurrentUserQuery, useGetConfigQuery, useSignOutMutation, type SafeUser } from "../../api";
import { useAppDispatch } from "../../app/store";
import { Badge } from "../../ui/Badge";
import { Button, LinkButton, TextLink } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Form } from "../../ui/Form";
import { Loading } from "../../ui/Loading";
import { Notice } from "../../ui/Notice";
import { Heading } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useRules } from "../../ui/rules";
import { Tick } from "../../ui/Tick";
import { useForm } from "../../ui/useForm";
import { safeNext, withNext } from "../session/next";
import { tellOtherTabs } from "../session/tabs";
import { lastMethod } from "./lastMethod";
import { PasskeyButton } from "./PasskeyButton";
import { stopAutofill, supportsPasskeys } from "./passkeys";
import { useAttempt, type Attempt, type Flow } from "./useAttempt";
import { usePasskeyAlone } from "./usePasskeyAlone";
import { useSignedIn } from "./useSignedIn";

const Steps = lazy(() => import("./Steps"));

interface Arrival {
  ended?: boolean;
  signedOut?: boolean;
  lockedDown?: boolean;
  attempt?: Attempt;
  /** The typed identifier; an entry of its own in the history, so that Back and Reload work as users expect. */
  who?: string;
}

export default function SignInPage() {
  const { t } = useTranslation();
  const [query] = useSearchParams();
  const arrival = useLocation().state as Arrival | null;
  const { data: user } = useCurrentUserQuery();
  const { data: config } = useGetConfigQuery();
  const next = query.get("next");
  if (user) {
    return (
      <>
        <Heading title={t("signIn.title")} lead={t("signIn.lead")} />
        <AlreadySignedIn user={user} next={next} />
      </>
    );
  }
  return (
    <>
      <SignInFlow key={arrival?.who ?? ""} next={next} arrival={arrival} />
      {config?.development ? (
        <p className="mt-6 rounded-xl border border-dashed border-border px-4 py-3 text-sm text-muted">
          {t("signIn.demo")}
        </p>
      ) : null}
    </>
  );
}

function Banner({ tone, children }: { tone: "warning" | "success"; children: string }) {
  return (
    <div className="mb-6">
      <Notice tone={tone}>{children}</Notice>
    </div>
  );
}

/** Asks for the identifier, then for the steps. The browser offers passkeys in the first field already. */
function SignInFlow({ next, arrival }: { next: string | null; arrival: Arrival | null }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const done = useSignedIn(next);
  const [remembered, setRemembered] = useState(false);
  const days = useGetConfigQuery().data?.trustedDeviceDays ?? 0;
  const flow = useAttempt(done, arrival?.attempt);
  const identifier = arrival?.who ?? "";
  const second = flow.taken > 0;
  const begin = useEffectEvent(() => void flow.begin(identifier));
  useEffect(() => {
    if (!identifier) return undefined;
    const soon = setTimeout(begin);
    return () => clearTimeout(soon);
  }, [identifier]);
  if (identifier && !flow.attempt && !flow.error) {
    return (
      <>
        <Heading title={t("signIn.title")} />
        <Loading rows={2} />
      </>
    );
  }
  if (!flow.attempt) {
    return (
      <Identify
        flow={flow}
        next={next}
        notice={
          <>
            {arrival?.ended ? <Banner tone="warning">{t("signIn.ended")}</Banner> : null}
            {arrival?.signedOut ? <Banner tone="success">{t("signIn.signedOut")}</Banner> : null}
            {arrival?.lockedDown ? <Banner tone="success">{t("notMe.done")}</Banner> : null}
          </>
        }
        onIdentified={(who) =>
          who === identifier ? flow.begin(who) : navigate({ search: location.search }, { state: { who } })
        }
        onSignedIn={done}
      />
    );
  }
  return (
    <Suspense fallback={<Loading rows={3} />}>
      <Steps
        flow={flow}
        identifier={identifier}
        preferred={second ? undefined : (lastMethod() ?? "password")}
        lastUsed={second ? undefined : lastMethod()}
        remembered={remembered}
        remember={
          second && days > 0 ? (
            <Tick checked={remembered} onChange={(event) => setRemembered(event.target.checked)}>
              {t("steps.remember", { count: days })}
            </Tick>
          ) : undefined
        }
        heading={(step) => (
          <Heading
            title={t(second ? `steps.${step.method}.title` : "signIn.title")}
            lead={
              identifier && !second ? (
                <>
                  <span className="break-all text-foreground">{identifier}</span>{" "}
                  <LinkButton onClick={() => void navigate({ search: location.search }, { replace: true })}>
                    {t("signIn.notYou")}
                  </LinkButton>
                </>
              ) : undefined
            }
          />
        )}
      />
    </Suspense>
  );
}

interface IdentifyProps {
  flow: Flow;
  next: string | null;
  notice: ReactNode;
  onIdentified: (identifier: string) => void | Promise<void>;
  onSignedIn: (user: SafeUser, method: string) => void;
}

function Identify({ flow, next, notice, onIdentified, onSignedIn }: IdentifyProps) {
  const { t } = useTranslation();
  const { filled } = useRules();
  const passkey = usePasskeyAlone(onSignedIn);
  const form = useForm({ credential: "" }, { credential: filled }, async ({ credential }) => {
    void stopAutofill();
    await onIdentified(credential.trim());
  });
  const error = flow.error ?? passkey.error;
  return (
    <>
      {notice}
      <Heading title={t("signIn.title")} lead={t("signIn.lead")} />
      <Form form={form}>
        {error ? <ProblemNotice error={error} /> : null}
        <Field
          label={t("fields.credential")}
          autoComplete="username webauthn"
          autoCapitalize="none"
          spellCheck={false}
          {...form.text("credential")}
        />
        <Button type="submit" busy={form.busy || flow.busy} className="w-full">
          {t("common.continue")}
        </Button>
        {supportsPasskeys ? (
          <PasskeyButton busy={passkey.busy} onClick={() => void passkey.run()}>
            {t("signIn.passkey")}
            {lastMethod() === "passkey" ? <Badge>{t("steps.lastUsed")}</Badge> : null}
          </PasskeyButton>
        ) : null}
        <p className="text-center text-[0.95rem] text-muted">
          {t("signIn.noAccount")}{" "}
          <TextLink to={withNext("/auth/register", next)}>{t("signIn.register")}</TextLink>
        </p>
      </Form>
    </>
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
