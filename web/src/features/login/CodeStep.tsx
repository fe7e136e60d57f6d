import { useTranslation } from "react-i18next";

import { CodeForm } from "../../ui/CodeForm";
import type { StepProps } from "./stepProps";

/** The step with a code from the authenticator app, or with a recovery code. */
export default function CodeStep({ flow, step, remember, remembered }: StepProps<"totp" | "recovery_code">) {
  const { t } = useTranslation();
  const { method } = step;
  return (
    <div className="space-y-5">
      <p className="leading-relaxed text-muted">{t(`steps.${method}.lead`)}</p>
      <CodeForm
        label={t(`steps.${method}.label`)}
        submit={t("steps.confirm")}
        numeric={method === "totp"}
        eager
        onCode={(code) => flow.take({ method, code, rememberDevice: remembered })}
      >
        {remember}
      </CodeForm>
    </div>
  );
}
