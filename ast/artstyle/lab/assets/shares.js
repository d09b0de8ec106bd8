// The shares of several paintings in the picture, in percent, as sliders and as the typed weights.

const EVEN = 0.5; // percent by which equal shares may differ

/** Give one painting a share and scale the others', so that all make 100 %. */
export function giveShare(zones, chosen, share) {
  const others = zones.filter((each) => each !== chosen);
  const sum = others.reduce((total, each) => total + each.share, 0);
  for (const each of others) each.share = (100 - share) * (sum ? each.share / sum : 1 / others.length);
  chosen.share = share;
}

/** Fill in the shares that are missing: those of new paintings, at the others' expense. */
export function completeShares(zones) {
  const known = zones.filter((each) => each.share !== null);
  const sum = known.reduce((total, each) => total + each.share, 0);
  const left = sum ? 100 * (known.length / zones.length) : 0;
  for (const each of zones) {
    each.share = known.includes(each) && sum ? (each.share / sum) * left : (100 - left) / (zones.length - (sum ? known.length : 0));
  }
}

/** The weights as they are typed; nothing stands for equal ones. */
export function typedShares(zones) {
  const shares = zones.map((each) => each.share);
  if (Math.max(...shares) - Math.min(...shares) < EVEN) return "";
  return shares.map(Math.round).join(",");
}

/** Take typed weights; returns whether they suit the paintings. */
export function readShares(zones, text) {
  const weights = text.trim() ? text.split(",").map(Number) : zones.map(() => 1);
  const sum = weights.reduce((total, each) => total + each, 0);
  if (weights.length !== zones.length || !(sum > 0)) return false;
  for (const [at, each] of zones.entries()) each.share = (100 * weights[at]) / sum;
  return true;
}
