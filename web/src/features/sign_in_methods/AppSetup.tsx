import { useTranslation } from "react-i18next";

import { CodeForm } from "../../ui/CodeForm";
import { CopyButton } from "../../ui/CopyButton";

interface Props {
  secret: string;
  qr: string;
  onCode: (code: string) => Promise<unknown>;
}

/** Sets up an authenticator app: the user scans or copies the seed, and confirms with the first code. */
export function AppSetup({ secret, qr, onCode }: Props) {
  const { t } = useTranslation();
  return (
    <div className="space-y-5">
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
      <CodeForm label={t("methods.totp.code")} submit={t("methods.totp.confirm")} onCode={onCode} />
    </div>
  );
}
