import { useRef } from "react";
import { useTranslation } from "react-i18next";

import { usePostAuthVerifyEmailMutation } from "../../api";
import { Button, TextLink } from "../../ui/Button";
import { CodeField } from "../../ui/CodeForm";
import { Field } from "../../ui/Field";
import { Form } from "../../ui/Form";
import { Heading } from "../../ui/Page";
import { useRules } from "../../ui/rules";
import { typedCode } from "../../ui/typedCode";
import { useForm } from "../../ui/useForm";
import { ResendCode } from "./ResendCode";

interface Props {
  email: string;
  signedIn: boolean;
  next: string;
  onConfirmed: () => void;
}

/** A field for the six digits: pasted, autofilled or typed; it submits itself the first time it is complete. */
export function EnterCode({ email, signedIn, next, onConfirmed }: Props) {
  const { t } = useTranslation();
  const { filled, sixDigits } = useRules();
  const [verify] = usePostAuthVerifyEmailMutation();
  const field = useRef<HTMLInputElement>(null);
  const form = useForm({ email, code: "" }, { email: filled, code: sixDigits }, async (values) => {
    const code = typedCode(values.code);
    const answer = await verify({ verifyEmailRequest: { email: values.email.trim(), code } });
    if (!answer.error) onConfirmed();
    else field.current?.focus();
    field.current?.select();
    return answer.error;
  });

  return (
    <>
      <Heading
        title={t("verify.title")}
        lead={email ? t("verify.lead", { email }) : t("verify.leadUnknown")}
      />
      <Form form={form} className="mb-4">
        {email ? null : (
          <Field label={t("fields.email")} type="email" autoComplete="email" {...form.text("email")} />
        )}
        <CodeField label={t("fields.code")} field={field} eager={Boolean(email)} {...form.text("code")} />
        <Button type="submit" busy={form.busy} className="w-full">
          {t("verify.submit")}
        </Button>
      </Form>
      <ResendCode email={email} startPaused={Boolean(email)} />
      {signedIn ? (
        <p className="mt-6 flex justify-center gap-6 text-[0.95rem]">
          <TextLink to="/account">{t("verify.change")}</TextLink>
          <TextLink to={next}>{t("verify.later")}</TextLink>
        </p>
      ) : (
        <p className="mt-6 text-center text-[0.95rem]">
          <TextLink to="/auth/sign-in">{t("forgot.back")}</TextLink>
        </p>
      )}
    </>
  );
}
