import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { download } from "../../ui/download";
import { useProduct } from "../../ui/Page";
import { Tick } from "../../ui/Tick";

/** Shows new recovery codes, once, until the user confirms having saved them. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { t } = useTranslation();
  const product = useProduct();
  const [saved, setSaved] = useState(false);
  const text = `${product} · ${location.host}\n${t("methods.codes.title")}\n\n${codes.join("\n")}\n`;
  return (
    <div className="space-y-5">
      <p className="leading-relaxed text-muted">{t("methods.codes.lead")}</p>
      <div className="printed">
        <p className="hidden print:block">
          {product} · {location.host}
        </p>
        <ul className="grid grid-cols-1 gap-x-6 gap-y-1.5 rounded-xl bg-sunken p-4 font-mono text-[0.95rem] min-[27rem]:grid-cols-2">
          {codes.map((code) => (
            <li key={code} className="whitespace-nowrap">
              {code}
            </li>
          ))}
        </ul>
      </div>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={codes.join("\n")} />
        <Button
          look="ghost"
          className="px-3"
          onClick={() => download("recovery-codes.txt", text, "text/plain")}
        >
          {t("methods.codes.download")}
        </Button>
        <Button look="ghost" className="px-3" onClick={() => print()}>
          {t("methods.codes.print")}
        </Button>
      </div>
      <Tick checked={saved} onChange={(event) => setSaved(event.target.checked)}>
        {t("methods.codes.saved")}
      </Tick>
      <Button className="w-full" disabled={!saved} onClick={onDone}>
        {t("common.done")}
      </Button>
    </div>
  );
}
