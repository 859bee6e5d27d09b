/**
 * What reaches the user manager that test/support/user-manager.sh has brought up. Its unit directory is fixed when it
 * starts, wherever the sandbox's HOME is.
 */
export function managerEnvironment(): Record<string, string> {
  const { XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, HOME } = process.env
  if (process.env.UM_BASE === undefined || XDG_RUNTIME_DIR === undefined || HOME === undefined) {
    throw new Error('these tests need a user manager of their own: npm run test:systemd')
  }
  return {
    XDG_RUNTIME_DIR,
    DBUS_SESSION_BUS_ADDRESS: DBUS_SESSION_BUS_ADDRESS ?? '',
    XDG_CONFIG_HOME: `${HOME}/.config`,
  }
}
