import { useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";

import { usePostLoginLinksMutation, type SafeUser } from "../../api";
import { Button, ButtonLink } from "../../ui/Button";
import { Heading } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useMailedToken } from "../../ui/useMailedToken";
import { exact } from "../../ui/When";
import { useAttempt } from "./useAttempt";
import { useSignedIn } from "./useSignedIn";

/** The page of an emailed sign-in link. Opening it changes nothing (mail scanners open links): a button confirms. */
export default function ConfirmLinkPage() {
  const { t, i18n } = useTranslation();
  const token = useMailedToken() ?? "";
  const [look, looked] = usePostLoginLinksMutation();
  const [confirm, confirmed] = usePostLoginLinksMutation();
  const begin = useEffectEvent(() => void look({ linkRequest: { token } }));
  useEffect(() => begin(), []);
  const error = confirmed.error ?? looked.error;
  if (error) {
    return (
      <>
        <Heading title={t("confirmLink.failed")} />
        <div className="space-y-5">
          <ProblemNotice error={error} />
          <ButtonLink to="/auth/sign-in" className="w-full">
            {t("confirmLink.again")}
          </ButtonLink>
        </div>
      </>
    );
  }
  if (confirmed.data) return <Confirmed attempt={confirmed.data.attempt} here={confirmed.data.here} />;
  const found = looked.data;
  return (
    <>
      <Heading title={t("confirmLink.title")} lead={t("confirmLink.lead")} />
      {found ? (
        <>
          <dl className="mb-6 grid grid-cols-[auto_1fr] gap-x-5 gap-y-2 rounded-xl bg-sunken px-4 py-3 text-[0.95rem]">
            <dt className="text-muted">{t("confirmLink.device")}</dt>
            <dd className="font-medium">{found.device}</dd>
            <dt className="text-muted">{t("confirmLink.address")}</dt>
            <dd className="font-medium break-all">{found.ip}</dd>
            <dt className="text-muted">{t("confirmLink.time")}</dt>
            <dd className="font-medium">{exact(found.at, i18n.language)}</dd>
          </dl>
          <Button
            className="w-full"
            busy={confirmed.isLoading}
            onClick={() => void confirm({ linkRequest: { token, confirm: true } })}
          >
            {t("confirmLink.submit")}
          </Button>
          <p className="mt-5 text-sm leading-relaxed text-muted">{t("confirmLink.notYou")}</p>
        </>
      ) : null}
    </>
  );
}

function Confirmed({ attempt, here }: { attempt: string; here: boolean }) {
  const { t } = useTranslation();
  const done = useSignedIn(null);
  const flow = useAttempt((user: SafeUser, method) => done(user, method), { id: attempt, steps: [] });
  return (
    <>
      <Heading title={t("confirmLink.done")} lead={t("confirmLink.doneLead")} />
      {flow.error ? <ProblemNotice error={flow.error} /> : null}
      {here ? (
        <Button
          look="quiet"
          busy={flow.busy}
          className="w-full"
          onClick={() => void flow.take({ method: "email_link" })}
        >
          {t("confirmLink.here")}
        </Button>
      ) : null}
    </>
  );
}
