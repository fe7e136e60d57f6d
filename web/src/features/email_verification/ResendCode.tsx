import { useTranslation } from "react-i18next";

import { usePostAuthResendCodeMutation } from "../../api";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Form } from "../../ui/Form";
import { Notice } from "../../ui/Notice";
import { useRules } from "../../ui/rules";
import { useCountdown } from "../../ui/useCountdown";
import { useForm } from "../../ui/useForm";

const PAUSE_SECONDS = 60;

/** Requests a new code, with a countdown until the next one; has a field for the address if it is unknown. */
export function ResendCode({ email, startPaused = false }: { email: string; startPaused?: boolean }) {
  const { t } = useTranslation();
  const { filled } = useRules();
  const [resend] = usePostAuthResendCodeMutation();
  const [left, start] = useCountdown(startPaused ? PAUSE_SECONDS : 0);
  const form = useForm({ email }, { email: filled }, async (values) => {
    const { error } = await resend({ resendCodeRequest: { email: values.email.trim() } });
    if (!error) start(PAUSE_SECONDS);
    return error;
  });
  return (
    <Form form={form}>
      {form.sent ? <Notice tone="success">{t("verify.resent")}</Notice> : null}
      {email ? null : (
        <Field label={t("fields.email")} type="email" autoComplete="email" {...form.text("email")} />
      )}
      <Button type="submit" look="quiet" busy={form.busy} disabled={left > 0} className="w-full">
        {left > 0 ? t("verify.resendIn", { count: left }) : t("verify.resend")}
      </Button>
    </Form>
  );
}
