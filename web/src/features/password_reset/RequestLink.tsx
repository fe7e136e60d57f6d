import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";

import { usePostAuthForgotPasswordMutation } from "../../api";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useServerErrors } from "../../ui/useServerErrors";

/** A form that requests a reset link, for the forgotten-password page and for expired links. */
export function RequestLink({ email, onSent }: { email: string; onSent: (email: string) => void }) {
  const { t } = useTranslation();
  const [request, { isLoading }] = usePostAuthForgotPasswordMutation();
  const form = useForm({ defaultValues: { email } });
  const { general, show, clear } = useServerErrors(form);
  const submit = form.handleSubmit(async (values) => {
    clear();
    const address = values.email.trim();
    const answer = await request({ forgotPasswordRequest: { email: address } });
    if (answer.error) show(answer.error);
    else onSent(address);
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="space-y-5">
      {general ? <ProblemNotice error={general} /> : null}
      <Field
        label={t("fields.email")}
        type="email"
        inputMode="email"
        autoComplete="email"
        error={form.formState.errors.email?.message}
        {...form.register("email", {
          required: t("errors.required"),
          validate: (value) => value.includes("@") || t("errors.email_invalid"),
        })}
      />
      <Button type="submit" busy={isLoading} className="w-full">
        {t("forgot.submit")}
      </Button>
    </form>
  );
}
