import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";

import { usePostAuthResendCodeMutation } from "../../api";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Notice } from "../../ui/Notice";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useCountdown } from "../../ui/useCountdown";

const PAUSE_SECONDS = 60;

/** Requests a new code, with a countdown until the next one; has a field for the address if it is unknown. */
export function ResendCode({ email, startPaused = false }: { email: string; startPaused?: boolean }) {
  const { t } = useTranslation();
  const [resend, { isLoading, error, isSuccess }] = usePostAuthResendCodeMutation();
  const [left, start] = useCountdown(startPaused ? PAUSE_SECONDS : 0);
  const form = useForm({ defaultValues: { email } });
  const submit = form.handleSubmit(async (values) => {
    const answer = await resend({ resendCodeRequest: { email: values.email.trim() || email } });
    if (!answer.error) start(PAUSE_SECONDS);
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
      {error ? <ProblemNotice error={error} /> : null}
      {isSuccess ? <Notice tone="success">{t("verify.resent")}</Notice> : null}
      {email ? null : (
        <Field
          label={t("fields.email")}
          type="email"
          autoComplete="email"
          error={form.formState.errors.email?.message}
          {...form.register("email", { required: t("errors.required") })}
        />
      )}
      <Button type="submit" look="quiet" busy={isLoading} disabled={left > 0} className="w-full">
        {left > 0 ? t("verify.resendIn", { count: left }) : t("verify.resend")}
      </Button>
    </form>
  );
}
