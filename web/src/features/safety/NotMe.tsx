import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { api, usePostAccountLockdownMutation } from "../../api";
import { forgetTokens } from "../../api/tokenSession";
import { useAppDispatch } from "../../app/store";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { tellOtherTabs } from "../session/tabs";

/** "This was not me": signs every device out; the user regains access with an emailed link. */
export function NotMe() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [lock, { isLoading, error }] = usePostAccountLockdownMutation();
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  const run = async () => {
    const answer = await lock();
    if (answer.error) return;
    forgetTokens();
    await navigate("/auth/sign-in", { replace: true, state: { lockedDown: true } });
    dispatch(api.util.resetApiState());
    tellOtherTabs();
  };
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)}>
        {t("notMe.open")}
      </Button>
      <Dialog title={t("notMe.title")} open={open} onClose={() => setOpen(false)}>
        <div className="space-y-5">
          <p className="leading-relaxed text-muted">{t("notMe.lead")}</p>
          {error ? <ProblemNotice error={error} /> : null}
          <div className="flex flex-wrap justify-end gap-3">
            <Button look="ghost" onClick={() => setOpen(false)}>
              {t("common.cancel")}
            </Button>
            <Button look="danger" busy={isLoading} onClick={() => void run()}>
              {t("notMe.submit")}
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}
