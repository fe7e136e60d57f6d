import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useGetDevMailboxJsonQuery, type MailView } from "../../api";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { MailIcon } from "../../ui/icons";
import { When } from "../../ui/When";
import { WidePage } from "../../ui/WidePage";

/** Development only: the emails that this server would have sent, newest first, refreshed every three seconds. */
export default function MailboxPage() {
  const { t } = useTranslation();
  const { data: mails, isLoading, error } = useGetDevMailboxJsonQuery(undefined, { pollingInterval: 3000 });
  const [chosen, setChosen] = useState<string>();
  const mail = mails?.find(({ id }) => id === chosen) ?? mails?.[0];
  return (
    <WidePage title={t("mailbox.title")} lead={t("mailbox.lead")} error={error} loading={isLoading}>
      {mails?.length === 0 ? (
        <div className="flex flex-col items-center gap-3 rounded-2xl border border-dashed border-border px-6 py-16 text-center text-muted">
          <MailIcon />
          <p>{t("mailbox.empty")}</p>
        </div>
      ) : null}
      {mail ? (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-6 lg:grid-cols-[20rem_minmax(0,1fr)]">
          <ul className="space-y-2 lg:max-h-[75dvh] lg:overflow-y-auto lg:pr-1">
            {mails?.map((item) => (
              <Row
                key={item.id}
                mail={item}
                chosen={item.id === mail.id}
                onChoose={() => setChosen(item.id)}
              />
            ))}
          </ul>
          <Reader key={mail.id} mail={mail} />
        </div>
      ) : null}
    </WidePage>
  );
}

function Row({ mail, chosen, onChoose }: { mail: MailView; chosen: boolean; onChoose: () => void }) {
  return (
    <li>
      <button
        type="button"
        aria-current={chosen || undefined}
        onClick={onChoose}
        className="w-full rounded-xl border border-transparent px-4 py-3 text-left hover:bg-sunken aria-[current=true]:border-border aria-[current=true]:bg-surface"
      >
        <span className="block truncate font-semibold">{mail.subject}</span>
        <span className="flex justify-between gap-3 text-sm text-muted">
          <span className="truncate">{mail.to}</span>
          <span className="shrink-0">
            <When at={mail.sentAt} />
          </span>
        </span>
      </button>
    </li>
  );
}

function Reader({ mail }: { mail: MailView }) {
  const { t } = useTranslation();
  const [asText, setAsText] = useState(false);
  const link = mail.links[0];
  return (
    <article className="min-w-0 rounded-2xl border border-border bg-surface p-5 sm:p-7">
      <h2 className="text-lg font-bold tracking-tight">{mail.subject}</h2>
      <p className="mt-1 text-[0.95rem] break-all text-muted">{t("mailbox.to", { to: mail.to })}</p>
      <div className="mt-5 flex flex-wrap gap-3">
        {mail.codes.map((code) => (
          <CopyButton key={code} look="quiet" label={t("mailbox.code", { code })} text={code} />
        ))}
        {link ? (
          <a
            href={link}
            className="inline-flex min-h-11 items-center rounded-xl bg-primary px-5 py-2 text-[0.95rem] font-semibold text-on-primary hover:bg-primary-hover"
          >
            {t("mailbox.openLink")}
          </a>
        ) : null}
        <Button look="ghost" onClick={() => setAsText(!asText)}>
          {asText ? t("mailbox.html") : t("mailbox.text")}
        </Button>
      </div>
      {asText ? (
        <pre className="mt-6 overflow-x-auto rounded-xl bg-sunken p-5 text-sm leading-relaxed whitespace-pre-wrap">
          {mail.text}
        </pre>
      ) : (
        <iframe
          title={t("mailbox.preview")}
          src={`/dev/mailbox/${mail.id}`}
          sandbox=""
          className="mt-6 h-[36rem] w-full rounded-xl border border-border"
        />
      )}
    </article>
  );
}
