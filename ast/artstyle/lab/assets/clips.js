// The first frame of a clip, to show what was chosen: the form has no player.

const PATIENCE = 10000; // ms for a browser to decode it

export const isClip = (file) => file?.type.startsWith("video/") ?? false;

/** The first frame of a file as a picture; null where the browser can't decode it. */
export async function firstFrame(file) {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.preload = "auto";
  video.src = URL.createObjectURL(file);
  try {
    await new Promise((resolve, reject) => {
      video.onloadeddata = resolve;
      video.onerror = reject;
      setTimeout(reject, PATIENCE);
    });
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(video.src);
  }
}
