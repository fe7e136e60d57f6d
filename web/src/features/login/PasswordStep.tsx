import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button, TextLink } from "../../ui/Button";
import { PasswordField } from "../../ui/PasswordField";
import type { StepProps } from "./stepProps";

/** The step with a password. A plain form: the form library would be a tenth of all that this page loads. */
export function PasswordStep({ flow, identifier }: StepProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [missing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const submit = async () => {
    setMissing(!password);
    if (password) await flow.take({ method: "password", password });
    field.current?.focus();
  };
  return (
    <form
      noValidate
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <input type="text" name="username" autoComplete="username" value={identifier} readOnly hidden />
      <PasswordField
        label={t("fields.password")}
        name="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={missing ? t("errors.required") : undefined}
        aside={
          <TextLink to="/auth/forgot-password" state={{ email: identifier }} className="text-sm">
            {t("signIn.forgot")}
          </TextLink>
        }
        ref={field}
      />
      <Button type="submit" busy={flow.busy} className="w-full">
        {t(flow.taken > 0 ? "steps.confirm" : "steps.password.submit")}
      </Button>
    </form>
  );
}
