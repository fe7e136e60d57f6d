import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";

import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Heading } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { safeNext } from "../session/next";
import { useAddPasskey } from "../sign_in_methods/useAddPasskey";
import { offered } from "./passkeys";

/** Offers to create a passkey, once, after a sign-in with a password. */
export default function PasskeyOfferPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const [cancelled, setCancelled] = useState(false);
  const passkey = useAddPasskey();
  const leave = (answer?: "later" | "never") => {
    if (answer) offered(answer);
    void navigate(safeNext(query.get("next")), { replace: true });
  };
  const add = async () => {
    setCancelled(false);
    const added = await passkey.add();
    if (added) leave();
    else setCancelled(added === undefined);
  };
  return (
    <>
      <Heading title={t("offer.title")} lead={t("offer.lead")} />
      <div className="space-y-4">
        {passkey.error ? <ProblemNotice error={passkey.error} /> : null}
        {cancelled ? <Notice>{t("steps.passkey.cancelled")}</Notice> : null}
        <Button busy={passkey.busy} className="w-full" onClick={() => void add()}>
          {t("offer.submit")}
        </Button>
        <Button look="quiet" className="w-full" onClick={() => leave("later")}>
          {t("offer.later")}
        </Button>
        <Button look="ghost" className="w-full" onClick={() => leave("never")}>
          {t("offer.never")}
        </Button>
      </div>
    </>
  );
}
