import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { useGetAccountMethodsQuery, usePatchAccountMutation, type SafeUser } from "../../api";
import { Badge } from "../../ui/Badge";
import { Button, TextLink } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Form, Username } from "../../ui/Form";
import { CheckIcon } from "../../ui/icons";
import { Section } from "../../ui/Page";
import { PasswordField } from "../../ui/PasswordField";
import { useRules } from "../../ui/rules";
import { useForm } from "../../ui/useForm";

export function EmailSection({ user }: { user: SafeUser }) {
  const { t } = useTranslation();
  const [changing, setChanging] = useState(false);
  return (
    <Section title={t("fields.email")} lead={t("account.emailLead")}>
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="flex min-w-0 flex-wrap items-center gap-3">
          <span className="font-semibold break-all">{user.email}</span>
          {user.emailVerified ? (
            <Badge>
              <CheckIcon />
              {t("account.verified")}
            </Badge>
          ) : (
            <>
              <Badge tone="warning">{t("account.unverified")}</Badge>
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
  const [change] = usePatchAccountMutation();
  const { required, filled } = useRules();
  const rules = { email: filled, ...(hasPassword ? { currentPassword: required } : {}) };
  const form = useForm({ email: "", currentPassword: "" }, rules, async ({ currentPassword, ...typed }) => {
    const email = typed.email.trim();
    const answer = await change({ accountChange: hasPassword ? { email, currentPassword } : { email } });
    if (!answer.error) await navigate("/auth/verify-email", { state: { email } });
    return answer.error;
  });
  return (
    <Form form={form} className="mt-6 border-t border-border pt-6">
      <p className="text-[0.95rem] text-muted">{t("account.changeEmailLead")}</p>
      <Username value={username} />
      <div className="grid gap-5 sm:grid-cols-2">
        <Field
          label={t("account.newEmail")}
          type="email"
          inputMode="email"
          autoComplete="email"
          {...form.text("email")}
        />
        {hasPassword ? (
          <PasswordField
            label={t("fields.currentPassword")}
            autoComplete="current-password"
            {...form.text("currentPassword")}
          />
        ) : null}
      </div>
      <div className="flex flex-wrap gap-3">
        <Button type="submit" busy={form.busy}>
          {t("account.changeEmailSubmit")}
        </Button>
        <Button look="ghost" onClick={onCancel}>
          {t("common.cancel")}
        </Button>
      </div>
    </Form>
  );
}
