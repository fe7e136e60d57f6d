import { useTranslation } from "react-i18next";

import { usePostAuthForgotPasswordMutation } from "../../api";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Form } from "../../ui/Form";
import { useRules } from "../../ui/rules";
import { useForm } from "../../ui/useForm";

/** A form that requests a reset link, for the forgotten-password page and for expired links. */
export function RequestLink({ email, onSent }: { email: string; onSent: (email: string) => void }) {
  const { t } = useTranslation();
  const { filled } = useRules();
  const [request] = usePostAuthForgotPasswordMutation();
  const address = (typed: string) =>
    filled(typed) ?? (typed.includes("@") ? undefined : t("errors.email_invalid"));
  const form = useForm({ email }, { email: address }, async (values) => {
    const typed = values.email.trim();
    const answer = await request({ forgotPasswordRequest: { email: typed } });
    if (!answer.error) onSent(typed);
    return answer.error;
  });
  return (
    <Form form={form}>
      <Field
        label={t("fields.email")}
        type="email"
        inputMode="email"
        autoComplete="email"
        {...form.text("email")}
      />
      <Button type="submit" busy={form.busy} className="w-full">
        {t("forgot.submit")}
      </Button>
    </Form>
  );
}
