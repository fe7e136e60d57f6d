import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { Button, TextLink } from "../../ui/Button";
import { Form, Username } from "../../ui/Form";
import { PasswordField } from "../../ui/PasswordField";
import { useRules } from "../../ui/rules";
import { useForm } from "../../ui/useForm";
import type { StepProps } from "./stepProps";

/** The step with a password. */
export function PasswordStep({ flow, identifier }: StepProps<"password">) {
  const { t } = useTranslation();
  const { required } = useRules();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const form = useForm({ password: "" }, { password: required }, async ({ password }) => {
    await flow.take({ method: "password", password });
    field.current?.focus();
  });
  return (
    <Form form={form}>
      <Username value={identifier} />
      <PasswordField
        label={t("fields.password")}
        autoComplete="current-password"
        {...form.text("password")}
        aside={
          <TextLink to="/auth/forgot-password" state={{ email: identifier }} className="text-sm">
            {t("signIn.forgot")}
          </TextLink>
        }
        ref={field}
      />
      <Button type="submit" busy={form.busy} className="w-full">
        {t(flow.taken > 0 ? "steps.confirm" : "steps.password.submit")}
      </Button>
    </Form>
  );
}
