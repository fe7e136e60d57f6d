import { useState } from "react";
import { useTranslation } from "react-i18next";

import { usePostAccountLockdownMutation } from "../../api";
import { Button } from "../../ui/Button";
import { ConfirmRemoval } from "../../ui/ConfirmRemoval";
import { Dialog } from "../../ui/Dialog";
import { useSignedOut } from "../session/useSignedOut";

/** "This was not me": signs every device out; the user regains access with an emailed link. */
export function NotMe() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [lock, { isLoading, error }] = usePostAccountLockdownMutation();
  const signedOut = useSignedOut();
  const run = async () => {
    const answer = await lock();
    if (!answer.error) await signedOut({ replace: true, state: { lockedDown: true } });
  };
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)}>
        {t("notMe.open")}
      </Button>
      <Dialog title={t("notMe.title")} open={open} onClose={() => setOpen(false)}>
        <ConfirmRemoval
          lead={t("notMe.lead")}
          action={t("notMe.submit")}
          error={error}
          busy={isLoading}
          onConfirm={() => void run()}
          onCancel={() => setOpen(false)}
        />
      </Dialog>
    </>
  );
}
