/** Zones that an oracle looks at, and why. */
export const ZONES = [
  'UTC',
  'America/New_York',
  'America/Sao_Paulo', // none since 2019
  'America/Santiago', // the gap is at midnight
  'Africa/Cairo', // the gap is at midnight
  'Asia/Beirut', // the gap is at midnight
  'Europe/London',
  'Europe/Berlin',
  'Asia/Kolkata', // half an hour off
  'Australia/Lord_Howe', // changes by half an hour
  'Pacific/Auckland',
  'Pacific/Chatham', // three quarters off
] as const;
