import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { useGetAccountMethodsQuery, usePatchAccountMutation, type SafeUser } from "../../api";
import { Button, TextLink } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { CheckIcon } from "../../ui/icons";
import { Section } from "../../ui/Page";
import { PasswordField } from "../../ui/PasswordField";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useServerErrors } from "../../ui/useServerErrors";

export function EmailSection({ user }: { user: SafeUser }) {
  const { t } = useTranslation();
  const [changing, setChanging] = useState(false);
  return (
    <Section title={t("fields.email")} lead={t("account.emailLead")}>
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="flex min-w-0 flex-wrap items-center gap-3">
          <span className="font-semibold break-all">{user.email}</span>
          {user.emailVerified ? (
            <span className="inline-flex items-center gap-1 rounded-full bg-primary-soft px-2.5 py-0.5 text-sm font-medium text-success">
              <CheckIcon />
              {t("account.verified")}
            </span>
          ) : (
            <>
              <span className="rounded-full bg-warning-soft px-2.5 py-0.5 text-sm font-medium text-warning">
                {t("account.unverified")}
              </span>
              <TextLink to="/auth/verify-email" state={{ email: user.email }} className="text-sm">
                {t("account.verifyNow")}
              </TextLink>
            </>
          )}
        </p>
        {changing ? null : (
          <Button look="quiet" onClick={() => setChanging(true)}>
            {t("account.changeEmail")}
          </Button>
        )}
      </div>
      {changing ? <ChangeEmail onCancel={() => setChanging(false)} username={user.username} /> : null}
    </Section>
  );
}

/** A form for another email address. An account without a password confirms it in the step-up dialog instead. */
function ChangeEmail({ onCancel, username }: { onCancel: () => void; username: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const hasPassword = useGetAccountMethodsQuery().data?.password ?? true;
  const [change, { isLoading }] = usePatchAccountMutation();
  const form = useForm({ defaultValues: { email: "", currentPassword: "" } });
  const { general, show, clear } = useServerErrors(form);
  const { errors } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    clear();
    const { email, currentPassword } = values;
    const answer = await change({ accountChange: hasPassword ? { email, currentPassword } : { email } });
    if (answer.error) show(answer.error);
    else await navigate("/auth/verify-email", { state: { email: values.email } });
  });
  return (
    <form
      noValidate
      onSubmit={(event) => void submit(event)}
      className="mt-6 space-y-5 border-t border-border pt-6"
    >
      <p className="text-[0.95rem] text-muted">{t("account.changeEmailLead")}</p>
      {general ? <ProblemNotice error={general} /> : null}
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      <div className="grid gap-5 sm:grid-cols-2">
        <Field
          label={t("account.newEmail")}
          type="email"
          inputMode="email"
          autoComplete="email"
          error={errors.email?.message}
          {...form.register("email", { required: t("errors.required"), setValueAs: (v: string) => v.trim() })}
        />
        {hasPassword ? (
          <PasswordField
            label={t("fields.currentPassword")}
            autoComplete="current-password"
            error={errors.currentPassword?.message}
            {...form.register("currentPassword", { required: t("errors.required") })}
          />
        ) : null}
      </div>
      <div className="flex flex-wrap gap-3">
        <Button type="submit" busy={isLoading}>
          {t("account.changeEmailSubmit")}
        </Button>
        <Button look="ghost" onClick={onCancel}>
          {t("common.cancel")}
        </Button>
      </div>
    </form>
  );
}
