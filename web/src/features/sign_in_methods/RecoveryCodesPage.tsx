import { useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";

import { usePostAccountRecoveryCodesMutation } from "../../api";
import { Button } from "../../ui/Button";
import { Loading } from "../../ui/Loading";
import { Heading } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { safeNext } from "../session/next";
import { RecoveryCodes } from "./RecoveryCodes";

/** Offers recovery codes after a second factor was set up during the sign-in, for the case that it is lost. */
export default function RecoveryCodesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const [make, { data, error }] = usePostAccountRecoveryCodesMutation();
  const begin = useEffectEvent(() => void make());
  useEffect(() => {
    const soon = setTimeout(begin);
    return () => clearTimeout(soon);
  }, []);
  const leave = () => void navigate(safeNext(query.get("next")), { replace: true });
  return (
    <>
      <Heading title={t("methods.codes.title")} />
      {data ? <RecoveryCodes codes={data.recoveryCodes} onDone={leave} /> : null}
      {error ? (
        <div className="space-y-5">
          <ProblemNotice error={error} />
          <Button className="w-full" onClick={leave}>
            {t("common.continue")}
          </Button>
        </div>
      ) : null}
      {data || error ? null : <Loading />}
    </>
  );
}
