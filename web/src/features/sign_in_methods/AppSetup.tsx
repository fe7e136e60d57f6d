import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Field } from "../../ui/Field";

interface Props {
  secret: string;
  qr: string;
  busy: boolean;
  onCode: (code: string) => void;
}

/** Scan or copy, then prove it with the first code. */
export function AppSetup({ secret, qr, busy, onCode }: Props) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const [missing, setMissing] = useState(false);
  const submit = () => {
    const plain = code.replace(/\s/g, "");
    setMissing(plain.length !== 6);
    if (plain.length === 6) onCode(plain);
  };
  return (
    <form
      noValidate
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p className="leading-relaxed text-muted">{t("methods.totp.scan")}</p>
      <img
        src={`data:image/svg+xml,${encodeURIComponent(qr)}`}
        alt={t("methods.totp.qr")}
        className="mx-auto size-48 rounded-xl border border-border bg-white p-1"
      />
      <div>
        <p className="mb-1.5 text-sm text-muted">{t("methods.totp.typeIt")}</p>
        <div className="flex items-center gap-3 rounded-xl bg-sunken py-1 pr-1 pl-3.5">
          <code className="min-w-0 flex-1 text-sm break-all">{secret.replace(/(.{4})/g, "$1 ").trim()}</code>
          <CopyButton text={secret} />
        </div>
      </div>
      <Field
        label={t("methods.totp.code")}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={12}
        value={code}
        onChange={(event) => setCode(event.target.value)}
        error={missing ? t("errors.code_shape") : undefined}
      />
      <Button type="submit" busy={busy} className="w-full">
        {t("methods.totp.confirm")}
      </Button>
    </form>
  );
}
