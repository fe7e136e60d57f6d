import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";

import { usePostAuthVerifyEmailMutation } from "../../api";
import { Button, TextLink } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Heading } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { isSixDigits, typedCode } from "../../ui/typedCode";
import { useServerErrors } from "../../ui/useServerErrors";
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
  const [verify, { isLoading }] = usePostAuthVerifyEmailMutation();
  const form = useForm({ defaultValues: { email, code: "" } });
  const { general, show, clear } = useServerErrors(form);
  const [sentByItself, setSentByItself] = useState(false);
  const { errors } = form.formState;

  const submit = form.handleSubmit(async (values) => {
    clear();
    const code = typedCode(values.code);
    const answer = await verify({ verifyEmailRequest: { email: email || values.email.trim(), code } });
    if (!answer.error) {
      onConfirmed();
      return;
    }
    show(answer.error);
    form.setFocus("code", { shouldSelect: true });
  });
  const code = form.register("code", {
    required: t("errors.required"),
    validate: (value) => isSixDigits(value) || t("errors.code_shape"),
    onChange: (event: { target: { value: string } }) => {
      if (!isSixDigits(event.target.value) || sentByItself || !email) return;
      setSentByItself(true);
      void submit();
    },
  });

  return (
    <>
      <Heading
        title={t("verify.title")}
        lead={email ? t("verify.lead", { email }) : t("verify.leadUnknown")}
      />
      <form noValidate onSubmit={(event) => void submit(event)} className="mb-4 space-y-5">
        {general ? <ProblemNotice error={general} /> : null}
        {email ? null : (
          <Field
            label={t("fields.email")}
            type="email"
            autoComplete="email"
            error={errors.email?.message}
            {...form.register("email", { required: t("errors.required") })}
          />
        )}
        <Field
          label={t("fields.code")}
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={24}
          error={errors.code?.message}
          {...code}
        />
        <Button type="submit" busy={isLoading} className="w-full">
          {t("verify.submit")}
        </Button>
      </form>
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
